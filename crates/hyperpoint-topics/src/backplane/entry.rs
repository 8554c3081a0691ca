//! [`Entry`], an entry of a log that a backplane returns.

use std::time::{Duration, SystemTime};

use hyperpoint_sse::EventName;

use crate::deletion::Deletion;
use crate::position::{Epoch, Position};

/// An entry of a log: an event, or a deletion of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the topic.
    pub topic: String,
    /// The epoch of the generation in which the entry was stored.
    pub epoch: Epoch,
    /// The sequence number of the entry.
    pub sequence: u64,
    /// The name of the event, if it has one.
    pub name: Option<EventName>,
    /// The data as text.
    pub data: String,
    /// The key of the event, if it has one. An entry that deletes one event has the key of that
    /// event, so that no node treats an older event as the current one of the key.
    pub key: Option<String>,
    /// How long after `at` the event expires, or `None` if it does not expire. A node does not
    /// deliver an expired event.
    pub expires_after: Option<Duration>,
    /// The events of the topic that this entry deletes, or `None` if the entry is an event. An
    /// entry that deletes events has no data. Followers receive it; subscribers do not.
    pub deletes: Option<Deletion>,
    /// The time at which the entry was stored, on the clock of the backplane. A node computes the
    /// age of the event from it and [`Following::now`](super::Following::now).
    pub at: SystemTime,
}

impl Entry {
    /// Returns the position of the entry. Clients receive the id of this position as the event id.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, sequence: self.sequence }
    }

    /// Returns the time from `now`, on the clock of the backplane, to the expiry of the event.
    /// Returns zero if the event has expired, and `None` if it does not expire.
    pub(crate) fn expires_in(&self, now: SystemTime) -> Option<Duration> {
        let age = now.duration_since(self.at).unwrap_or_default();
        self.expires_after.map(|after| after.saturating_sub(age))
    }

    /// Returns whether the event has expired at the time `now`, on the clock of the backplane.
    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires_in(now).is_some_and(|left| left.is_zero())
    }
}
