//! Owns what this node has seen of the stream, by which it notices that the stream has less than
//! that, or is another one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyperpoint_topics::Position;

use crate::log::State;

/// How far this node has seen the stream: what it published and what it followed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<Option<Position>>>);

impl Known {
    /// The last place that was seen; none before the stream was found.
    pub(crate) fn position(&self) -> Option<Position> {
        *self.lock()
    }

    /// Notes what the stream is now.
    pub(crate) fn note(&self, state: State) {
        let mut known = self.lock();
        let seen = known.filter(|seen| seen.epoch == state.epoch).map_or(0, |seen| seen.sequence);
        *known = Some(Position { epoch: state.epoch, sequence: state.last.max(seen) });
    }

    /// Notes an event at this place, if that is of the life that is known.
    pub(crate) fn saw(&self, position: Position) {
        let mut known = self.lock();
        if let Some(seen) = known.as_mut().filter(|seen| seen.epoch == position.epoch) {
            seen.sequence = seen.sequence.max(position.sequence);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Position>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
