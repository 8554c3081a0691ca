//! Owns the record of changes of keys: up to which sequence the keys of a topic may have changed.

use std::hash::{BuildHasher, RandomState};

/// Number of entries. Topics share them by the hashes of their names.
const ENTRIES: usize = 1_024;

/// The sequences of the last events with a key, of topics that are freed too. Its size is constant.
#[derive(Debug, Default)]
pub(super) struct ChangedKeys {
    /// The sequence of each entry. Empty until the log of a backplane is followed.
    through: Vec<u64>,
    hasher: RandomState,
}

impl ChangedKeys {
    /// Starts at this position of the log. Any key may have changed up to there.
    pub(super) fn begin(&mut self, sequence: u64) {
        self.through = vec![sequence; ENTRIES];
    }

    /// Records an event with a key, or its deletion.
    pub(super) fn note(&mut self, topic: &str, sequence: u64) {
        let index = self.index(topic);
        if let Some(through) = self.through.get_mut(index) {
            *through = sequence.max(*through);
        }
    }

    /// Returns the sequence after which no key of the topic has changed.
    pub(super) fn through(&self, topic: &str) -> u64 {
        self.through.get(self.index(topic)).copied().unwrap_or(0)
    }

    fn index(&self, topic: &str) -> usize {
        let entries = ENTRIES as u64;
        usize::try_from(self.hasher.hash_one(topic) % entries).unwrap_or_default()
    }
}
