//! The highest position that this node has seen of the stream. With it the node detects a stream that
//! has lost events or was replaced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyperpoint_topics::Position;

use crate::log::StreamState;

/// The highest position that this node has published or followed, shared with its clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct HighWaterMark(Arc<Mutex<Option<Position>>>);

impl HighWaterMark {
    /// Returns the highest position seen, or `None` before the stream was found.
    pub(crate) fn position(&self) -> Option<Position> {
        *self.lock()
    }

    /// Advances to the end of the stream in this state, and to its epoch.
    pub(crate) fn update(&self, state: StreamState) {
        let mut mark = self.lock();
        let seen = mark.filter(|seen| seen.epoch == state.epoch).map_or(0, |seen| seen.sequence);
        *mark = Some(Position { epoch: state.epoch, sequence: state.last.max(seen) });
    }

    /// Advances to the position of an event. A position of another epoch is ignored.
    pub(crate) fn advance(&self, position: Position) {
        let mut mark = self.lock();
        if let Some(seen) = mark.as_mut().filter(|seen| seen.epoch == position.epoch) {
            seen.sequence = seen.sequence.max(position.sequence);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Position>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
