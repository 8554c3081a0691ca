//! The index of the newest event of each key of a topic.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Approximate memory of a key without its text, in bytes.
const KEY_BYTES: usize = 96;

/// The sequence of the newest event of each key.
#[derive(Debug, Default)]
pub(super) struct Keys {
    newest: HashMap<Arc<str>, u64>,
    bytes: usize,
}

impl Keys {
    /// Records the newest event of a key. Returns the sequence of the previous newest event, or
    /// `None` if the key is new. Replaces `key` with the stored copy, so that events with the same
    /// key share its memory.
    pub(super) fn put(&mut self, key: &mut Arc<str>, sequence: u64) -> Option<u64> {
        match self.newest.entry(Arc::clone(key)) {
            Entry::Occupied(mut known) => {
                *key = Arc::clone(known.key());
                Some(known.insert(sequence))
            }
            Entry::Vacant(new) => {
                self.bytes += key.len() + KEY_BYTES;
                new.insert(sequence);
                None
            }
        }
    }

    /// Returns the sequence of the newest event of a key, or `None` if the key has no event.
    pub(super) fn newest(&self, key: &str) -> Option<u64> {
        self.newest.get(key).copied()
    }

    /// Removes a key. Returns the sequence of its newest event, or `None` if the key has no event.
    pub(super) fn remove(&mut self, key: &str) -> Option<u64> {
        let newest = self.newest.remove(key)?;
        self.bytes -= key.len() + KEY_BYTES;
        Some(newest)
    }

    /// Removes a key if its newest event has this sequence.
    pub(super) fn remove_newest(&mut self, key: &str, sequence: u64) {
        if self.newest.get(key) == Some(&sequence) {
            self.remove(key);
        }
    }

    /// Returns the approximate memory of all keys, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
