//! Owns an entry of a log, as a backplane returns it.

use std::time::{Duration, SystemTime};

use hyperpoint_sse::EventName;

use crate::deletion::Deletion;
use crate::position::{Epoch, Position};

/// An entry of a log: an event, or a deletion of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the topic.
    pub topic: String,
    /// The epoch of the generation in which the event was stored.
    pub epoch: Epoch,
    /// The sequence number of the event.
    pub sequence: u64,
    /// The name of the event.
    pub name: Option<EventName>,
    /// The data as text.
    pub data: String,
    /// The key of the event, if it has one. For an entry that deletes one event, the key of that event, so
    /// that no node takes an older event for the current one of its key.
    pub key: Option<String>,
    /// How long after `at` the event expires, or `None` if it does not expire. A node does not deliver an
    /// expired event.
    pub expires_after: Option<Duration>,
    /// The events of the topic that this entry deletes. Such an entry is no event: it has no data, only
    /// followers receive it, and no subscriber does.
    pub deletes: Option<Deletion>,
    /// The time at which the event was stored, on the clock of the backplane. A node computes the age of
    /// the event from it and [`Following::now`](super::Following::now).
    pub at: SystemTime,
}

impl Entry {
    /// Returns the position of the event, whose id clients receive.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, sequence: self.sequence }
    }

    /// Returns how long after this time, on the clock of the backplane, the event expires, if it does.
    pub(crate) fn expires_in(&self, now: SystemTime) -> Option<Duration> {
        let age = now.duration_since(self.at).unwrap_or_default();
        self.expires_after.map(|after| after.saturating_sub(age))
    }

    /// Returns whether the event has expired at this time, on the clock of the backplane.
    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires_in(now).is_some_and(|left| left.is_zero())
    }
}
