//! The record of deletions of events that this node has not reached in the log yet.

use std::collections::{BTreeSet, HashMap};

use crate::deletion::Deletion;

/// Upper bound of the limit on the memory of deletions, in bytes.
const MOST_BYTES: usize = 1024 * 1024;
/// Lower bound of the limit on the memory of deletions, in bytes.
const LEAST_BYTES: usize = 16 * 1024;
/// The memory limit over all topics, divided by this number, is the limit on the memory of
/// deletions.
const SHARE: usize = 64;
/// Approximate memory of a deletion without the name of its topic, in bytes.
const DELETION_BYTES: usize = 96;

/// Deletions of events after the last event in the log of the node. The follower may have received
/// such an event from the backplane before it was deleted, so each event is checked before it is
/// appended.
#[derive(Debug)]
pub(super) struct DeletedAhead {
    /// The deletions of single events: the sequence of the event, and the topic of the deletion. A
    /// deletion has no effect if the event belongs to another topic.
    events: BTreeSet<(u64, Box<str>)>,
    /// The sequence up to which all events of each topic are deleted.
    purged: HashMap<Box<str>, u64>,
    /// The highest sequence that a deletion covers.
    last: u64,
    bytes: usize,
    limit_bytes: usize,
    /// Whether the deletions exceeded the limit on their memory, and were dropped.
    is_over: bool,
}

/// The error returned if the deletions exceeded the limit on their memory. The node must follow the
/// log again.
#[derive(Debug)]
pub(crate) struct TooManyDeletions;

impl DeletedAhead {
    /// Creates an empty record. `limit_bytes` is the memory limit over all topics, from which the
    /// limit on deletions is computed.
    pub(super) fn new(limit_bytes: usize) -> Self {
        let limit_bytes = (limit_bytes / SHARE).clamp(LEAST_BYTES, MOST_BYTES);
        let (events, purged) = Default::default();
        Self { events, purged, last: 0, bytes: 0, limit_bytes, is_over: false }
    }

    /// Records a deletion. If the memory exceeds the limit, drops all deletions, and
    /// [`has`](Self::has) fails until [`begin`](Self::begin) is called.
    pub(super) fn note(&mut self, topic: &str, which: Deletion) {
        if self.is_over {
            return;
        }
        let (_, last) = which.range();
        self.last = self.last.max(last);
        let is_new = match which {
            Deletion::Event(sequence) => self.events.insert((sequence, topic.into())),
            Deletion::Through(sequence) => {
                let known = self.purged.get(topic).copied();
                self.purged.insert(topic.into(), known.unwrap_or(0).max(sequence));
                known.is_none()
            }
        };
        self.bytes += usize::from(is_new) * (topic.len() + DELETION_BYTES);
        if self.bytes > self.limit_bytes {
            self.forget();
            self.is_over = true;
        }
    }

    /// Returns whether a recorded deletion covers this event of a topic, or an error if the
    /// deletions exceeded the limit.
    pub(super) fn has(&self, topic: &str, sequence: u64) -> Result<bool, TooManyDeletions> {
        if self.is_over {
            return Err(TooManyDeletions);
        }
        let of_event = self.events.range((sequence, Box::default())..);
        let mut of_event = of_event.take_while(|(event, _)| *event == sequence);
        let is_event = of_event.any(|(_, of)| **of == *topic);
        Ok(is_event || self.purged.get(topic).is_some_and(|through| sequence <= *through))
    }

    /// Drops the deletions of single events up to this sequence, and all deletions if none covers a
    /// later event. Called when the node has reached this sequence in the log.
    pub(super) fn pass(&mut self, sequence: u64) {
        if self.bytes == 0 {
            return;
        }
        if self.last <= sequence {
            return self.forget();
        }
        while self.events.first().is_some_and(|(first, _)| *first <= sequence) {
            let topic = self.events.pop_first().map_or(0, |(_, topic)| topic.len());
            self.bytes -= topic + DELETION_BYTES;
        }
    }

    /// Drops all deletions, and starts to record new ones. Called before the node follows the log,
    /// which no longer has the deleted events.
    pub(super) fn begin(&mut self) {
        self.forget();
        self.is_over = false;
    }

    /// Drops all deletions. If they exceeded the limit, [`has`](Self::has) still fails.
    pub(super) fn forget(&mut self) {
        self.events.clear();
        self.purged.clear();
        (self.last, self.bytes) = (0, 0);
    }

    /// Returns the approximate memory of all deletions, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_kept_until_their_events_are_passed() {
        let mut ahead = DeletedAhead::new(0);
        ahead.note("a", Deletion::Event(5));
        ahead.note("a", Deletion::Event(7));
        ahead.note("b", Deletion::Through(8));
        ahead.note("b", Deletion::Through(6));
        let has = |ahead: &DeletedAhead, topic, sequence| ahead.has(topic, sequence).unwrap();
        assert!(has(&ahead, "a", 5) && has(&ahead, "a", 7) && has(&ahead, "b", 8));
        assert!(!has(&ahead, "b", 9) && !has(&ahead, "a", 6) && !has(&ahead, "c", 5));
        let bytes = ahead.bytes();
        ahead.note("a", Deletion::Event(7));
        ahead.note("b", Deletion::Through(8));
        assert_eq!(ahead.bytes(), bytes, "a repetition is kept once");
        ahead.pass(5);
        assert!(ahead.bytes() < bytes && has(&ahead, "a", 7));
        ahead.pass(8);
        assert_eq!(ahead.bytes(), 0);
    }

    #[test]
    fn the_memory_of_deletions_is_limited() {
        let mut ahead = DeletedAhead::new(0);
        for sequence in 1..100_000 {
            ahead.note("a", Deletion::Event(sequence));
            assert!(ahead.bytes() <= LEAST_BYTES);
        }
        assert!(
            ahead.has("other", 1).is_err(),
            "an event that the follower delivers may be a deleted one"
        );
        ahead.begin();
        assert!(!ahead.has("a", 1).unwrap());
    }
}
