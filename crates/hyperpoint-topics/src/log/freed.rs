//! The record of freed topics: the sequence up to which each of them had events.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Upper bound of the limit on the number of recorded topics.
const MOST_TOPICS: usize = 65_536;
/// Lower bound of the limit on the number of recorded topics.
const LEAST_TOPICS: usize = 64;
/// Approximate memory of a freed topic, in bytes: one entry in `last`, and up to two in `order`.
const TOPIC_BYTES: usize = 64;
/// The memory limit over all topics, divided by this number, is the limit on the memory of freed
/// topics.
const SHARE: usize = 16;

/// The freed topics, with the sequences of their last events. If a freed topic is created again, a
/// client that received all of its earlier events gets no `gap`.
#[derive(Debug)]
pub(super) struct Freed {
    /// The sequence of the last event of each topic, by the hash of its name. Names with the same
    /// hash share the higher sequence.
    last: HashMap<u64, u64>,
    /// The hash and the sequence of each topic, in the order in which the topics were freed. An
    /// entry is outdated if `last` does not have the same sequence for its hash.
    order: VecDeque<(u64, u64)>,
    /// Topics that are not recorded may have had events up to this sequence.
    forgotten_through: u64,
    hasher: RandomState,
    most: usize,
}

impl Freed {
    /// Creates an empty record. `limit_bytes` is the memory limit over all topics, from which the
    /// limit on freed topics is computed. No topic had an event after sequence `through`.
    pub(super) fn new(limit_bytes: usize, through: u64) -> Self {
        let (last, order, hasher) = Default::default();
        let most = (limit_bytes / SHARE / TOPIC_BYTES).clamp(LEAST_TOPICS, MOST_TOPICS);
        Self { last, order, forgotten_through: through, hasher, most }
    }

    /// Returns the sequence up to which the topic with this name may have had events.
    pub(super) fn through(&self, topic: &str) -> u64 {
        let last = self.last.get(&self.hasher.hash_one(topic)).copied();
        last.unwrap_or(0).max(self.forgotten_through)
    }

    /// Records a freed topic whose events up to this sequence are evicted. Removes the topics that
    /// were freed first, if there are more than the limit.
    pub(super) fn note(&mut self, topic: &str, through: u64) {
        if through <= self.through(topic) {
            return;
        }
        let hash = self.hasher.hash_one(topic);
        self.last.insert(hash, through);
        self.order.push_back((hash, through));
        while self.last.len() > self.most {
            self.forget_first();
        }
        if self.order.len() > 2 * self.most {
            self.order.retain(|(hash, through)| self.last.get(hash) == Some(through));
        }
    }

    /// Removes a topic if this inclusive range of deleted sequences covers all of its events.
    /// Deleted events do not count as lost.
    pub(super) fn delete(&mut self, topic: &str, (first, last): (u64, u64)) {
        let hash = self.hasher.hash_one(topic);
        if first == 0 && self.last.get(&hash).is_some_and(|through| *through <= last) {
            self.last.remove(&hash);
        }
    }

    /// Removes the first entry of `order`, and its topic unless the entry is outdated.
    fn forget_first(&mut self) {
        let Some((hash, through)) = self.order.pop_front() else { return };
        if self.last.get(&hash) == Some(&through) {
            self.last.remove(&hash);
            self.forgotten_through = self.forgotten_through.max(through);
        }
    }

    /// Returns the approximate memory of all freed topics, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.last.len() * TOPIC_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_topic_is_remembered_and_a_forgotten_one_may_have_had_any_event() {
        let mut freed = Freed { most: 2, ..Freed::new(0, 3) };
        assert_eq!(freed.through("a"), 3);
        freed.note("a", 2);
        assert_eq!(freed.bytes(), 0, "sequences up to 3 need no record");
        for (topic, through) in [("a", 10), ("b", 20), ("a", 12)] {
            freed.note(topic, through);
        }
        assert_eq!(["a", "b", "c"].map(|topic| freed.through(topic)), [12, 20, 3]);
        // `a` was freed again after `b`.
        freed.note("c", 30);
        assert_eq!(["a", "b", "c"].map(|topic| freed.through(topic)), [20, 20, 30]);
        freed.note("d", 40);
        assert_eq!(["a", "c", "d", "e"].map(|topic| freed.through(topic)), [20, 30, 40, 20]);
        assert_eq!(freed.bytes(), 2 * TOPIC_BYTES);
    }

    #[test]
    fn a_topic_that_is_freed_again_and_again_makes_no_other_one_forgotten() {
        let mut freed = Freed { most: 10, ..Freed::new(0, 0) };
        freed.note("quiet", 1);
        (2..10_000).for_each(|through| freed.note("busy", through));
        assert_eq!(["quiet", "busy", "other"].map(|topic| freed.through(topic)), [1, 9_999, 0]);
        assert!(freed.order.len() <= 20);
    }
}
