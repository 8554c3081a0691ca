//! The highest position that this node has seen of the stream. The node uses it to detect a stream
//! that has lost events or was replaced.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyperpoint_topics::Position;

use crate::log::StreamState;

/// The highest position of the stream that this node has seen, with the last seen state of the
/// stream. Clones share the position and the state.
#[derive(Clone, Debug, Default)]
pub(crate) struct HighWaterMark {
    seen: Arc<Mutex<Option<Seen>>>,
    /// The number of followers on this node.
    following: Arc<AtomicUsize>,
    received: Arc<Mutex<Received>>,
}

/// The highest sequence numbers that followers have received.
#[derive(Clone, Copy, Debug, Default)]
struct Received {
    /// The highest sequence number of any message.
    message: u64,
    /// The highest sequence number of a message that is an entry of the log.
    entry: u64,
}

/// The highest seen position, and the last seen state of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) position: Position,
    pub(crate) state: StreamState,
}

impl HighWaterMark {
    /// Returns the highest position and the last state, or `None` before the stream was found.
    pub(crate) fn seen(&self) -> Option<Seen> {
        self.lock().clone()
    }

    /// Records this state, and advances to its epoch and to the end of the stream. Within one
    /// epoch, the position never moves back.
    pub(crate) fn update(&self, state: &StreamState) {
        let mut seen = self.lock();
        let (epoch, state) = (state.epoch(), state.clone());
        let before = seen.as_ref().map(|seen| seen.position);
        let before = before.filter(|before| before.epoch == epoch).map_or(0, |seen| seen.sequence);
        let position = Position { epoch, sequence: state.last.max(before) };
        *seen = Some(Seen { position, state });
    }

    /// Advances to this position. Ignores a position whose epoch is not the newest one.
    pub(crate) fn advance(&self, newest: Position) {
        if let Some(seen) = &mut *self.lock()
            && seen.position.epoch == newest.epoch
        {
            seen.position.sequence = seen.position.sequence.max(newest.sequence);
        }
    }

    /// Records that a follower has received the message with this sequence number. `is_entry` is
    /// whether the message is an entry of the log.
    pub(crate) fn receive(&self, sequence: u64, is_entry: bool) {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.message = received.message.max(sequence);
        if is_entry {
            received.entry = received.entry.max(sequence);
        }
    }

    /// Returns the sequence number of the newest entry of the log that followers have received, if
    /// they have received the newest message of the stream, which has the sequence number `last`.
    /// Otherwise returns `last`, because it is unknown whether that message is an entry.
    pub(crate) fn newest_entry(&self, last: u64) -> u64 {
        let received = *self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if received.message == last { received.entry } else { last }
    }

    /// Counts a follower until the returned guard is dropped. While the node has a follower, the
    /// follower notices each new generation, so that publishing needs no check.
    pub(crate) fn follow(&self) -> FollowerGuard {
        self.following.fetch_add(1, Ordering::AcqRel);
        FollowerGuard(Arc::clone(&self.following))
    }

    /// Returns whether this node follows the stream.
    pub(crate) fn is_following(&self) -> bool {
        self.following.load(Ordering::Acquire) > 0
    }

    fn lock(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a follower until the guard is dropped.
#[derive(Debug)]
pub(crate) struct FollowerGuard(Arc<AtomicUsize>);

impl Drop for FollowerGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
