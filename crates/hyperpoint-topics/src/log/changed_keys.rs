//! The record of the last change of a key in each topic.

use std::hash::{BuildHasher, RandomState};

/// Number of entries. Topics share them by the hashes of their names.
const ENTRIES: usize = 1_024;

/// For each topic, including freed topics, the highest sequence of an event with a key that was
/// published or deleted. Topics may share an entry, so a sequence may be too high. The size of the
/// record is constant.
#[derive(Debug, Default)]
pub(super) struct ChangedKeys {
    /// The sequence of each entry. Empty until the log of a backplane is followed.
    through: Vec<u64>,
    hasher: RandomState,
}

impl ChangedKeys {
    /// Starts the record at this sequence of the log. Any key may have changed up to this sequence.
    pub(super) fn begin(&mut self, sequence: u64) {
        self.through = vec![sequence; ENTRIES];
    }

    /// Records that the event with this sequence, which has a key, was published or deleted.
    pub(super) fn note(&mut self, topic: &str, sequence: u64) {
        let index = self.index(topic);
        if let Some(through) = self.through.get_mut(index) {
            *through = sequence.max(*through);
        }
    }

    /// Returns a sequence after which no key of the topic has changed.
    pub(super) fn through(&self, topic: &str) -> u64 {
        self.through.get(self.index(topic)).copied().unwrap_or(0)
    }

    fn index(&self, topic: &str) -> usize {
        let entries = ENTRIES as u64;
        usize::try_from(self.hasher.hash_one(topic) % entries).unwrap_or_default()
    }
}
