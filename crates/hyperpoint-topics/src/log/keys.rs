//! Owns the newest event of each key of a topic.

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
    /// Records the newest event of a key, and returns the sequence of the event that it replaces. Makes
    /// `key` share the text of the known key.
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

    /// Returns the sequence of the newest event of a key.
    pub(super) fn newest(&self, key: &str) -> Option<u64> {
        self.newest.get(key).copied()
    }

    /// Forgets a key, and returns the sequence of its newest event.
    pub(super) fn remove(&mut self, key: &str) -> Option<u64> {
        let newest = self.newest.remove(key)?;
        self.bytes -= key.len() + KEY_BYTES;
        Some(newest)
    }

    /// Forgets a key if its newest event is this one.
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
