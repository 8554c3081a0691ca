//! The idempotency keys of recent publications, which identify repeated publications.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Upper bound of the limit on the number of idempotency keys.
const MOST_KEYS: usize = 100_000;
/// Lower bound of the limit on the number of idempotency keys.
const LEAST_KEYS: usize = 1_000;
/// The memory limit over all topics, divided by this number, is the limit on the memory of
/// idempotency keys.
const SHARE: usize = 4;
/// Approximate memory of a key, in bytes.
const KEY_BYTES: usize = 112;

/// A hash of a topic and an idempotency key. It is long and randomly keyed, so that clients cannot
/// cause collisions.
type Hash = u128;

/// The idempotency keys of recent publications, each with the sequence of its event. Only the hash
/// of each key is kept, so that a long key takes no more memory.
#[derive(Debug)]
pub(crate) struct Recent {
    sequences: HashMap<Hash, u64>,
    /// The publication time in milliseconds and the hash of each key, oldest first.
    order: VecDeque<(u64, Hash)>,
    hashers: [RandomState; 2],
    most: usize,
}

impl Recent {
    /// Creates an empty list. `limit_bytes` is the memory limit over all topics, from which the
    /// limit on keys is computed.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        let (sequences, order, hashers) = Default::default();
        let most = (limit_bytes / SHARE / KEY_BYTES).clamp(LEAST_KEYS, MOST_KEYS);
        Self { sequences, order, hashers, most }
    }

    /// Returns the sequence of the event that was published to this topic with this key within the
    /// window, if there is one. Removes all keys older than the window.
    pub(crate) fn find(
        &mut self,
        topic: &str,
        key: &str,
        now_ms: u64,
        window_ms: u64,
    ) -> Option<u64> {
        while self.order.front().is_some_and(|(at_ms, _)| now_ms.saturating_sub(*at_ms) > window_ms)
        {
            self.forget_first();
        }
        self.sequences.get(&self.hash(topic, key)).copied()
    }

    /// Records a publication with an idempotency key. Removes the oldest key if there are more than
    /// the limit.
    pub(crate) fn note(&mut self, topic: &str, key: &str, now_ms: u64, sequence: u64) {
        let hash = self.hash(topic, key);
        self.sequences.insert(hash, sequence);
        self.order.push_back((now_ms, hash));
        if self.order.len() > self.most {
            self.forget_first();
        }
    }

    /// Returns the approximate memory of all keys, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.order.len() * KEY_BYTES
    }

    fn hash(&self, topic: &str, key: &str) -> Hash {
        let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one((topic, key)));
        Hash::from(high) << 64 | Hash::from(low)
    }

    fn forget_first(&mut self) {
        if let Some((_, hash)) = self.order.pop_front() {
            self.sequences.remove(&hash);
        }
    }
}
