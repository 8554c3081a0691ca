//! The set of topics of a node, the order in which their events are evicted, and their total
//! memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::changed_keys::ChangedKeys;
use super::channel::Channel;
use super::deleted_ahead::DeletedAhead;
use super::freed::Freed;
use super::recent::Recent;
use super::ring::Ring;
use crate::deletion::Deletion;
use crate::limits::TopicLimits;
use crate::position::Epoch;

/// Number of topics that each publish and each new subscriber checks for eviction.
const SWEPT_TOPICS: usize = 2;

/// All topics of one node, and the sequence of the last entry of their log.
#[derive(Debug)]
pub(super) struct AllTopics {
    /// The epoch of the log. `Hub::epoch` is set to it when the hub admits resuming subscribers or
    /// opens.
    pub(super) epoch: Epoch,
    /// The sequence of the last entry of the log.
    pub(super) last: u64,
    /// The time, in milliseconds on the clock of the hub, until which a topic that has had no
    /// subscriber since the preloading keeps all preloaded events. `u64::MAX` during the
    /// preloading; `None` if no backplane has been followed yet.
    pub(super) preloads_until_ms: Option<u64>,
    pub(super) topics: HashMap<Arc<str>, Arc<Channel>>,
    pub(super) freed: Freed,
    pub(super) ahead: DeletedAhead,
    /// The approximate memory of all topics and their rings, in bytes.
    pub(super) bytes: usize,
    /// The topics that keep events, each by the sequence of its first event when it was listed. The
    /// topic may have evicted that event since.
    pub(super) oldest: BTreeMap<u64, Arc<Channel>>,
    /// The topics in the order in which the sweep checks them. A freed topic is removed at its next
    /// check.
    pub(super) sweep: VecDeque<Arc<Channel>>,
    pub(super) recent: Recent,
    pub(super) changed_keys: ChangedKeys,
}

impl AllTopics {
    pub(super) fn new(epoch: Epoch, limit_bytes: usize) -> Self {
        let (topics, oldest, sweep) = Default::default();
        let recent = Recent::new(limit_bytes);
        let (freed, ahead) = (Freed::new(limit_bytes, 0), DeletedAhead::new(limit_bytes));
        let (last, bytes, preloads_until_ms) = (0, 0, None);
        let changed_keys = ChangedKeys::default();
        Self {
            epoch,
            last,
            preloads_until_ms,
            topics,
            freed,
            ahead,
            bytes,
            oldest,
            sweep,
            recent,
            changed_keys,
        }
    }

    /// Applies `change` to the ring of a topic, and updates `bytes` and `oldest`.
    pub(super) fn change(&mut self, channel: &Arc<Channel>, change: impl FnOnce(&mut Ring)) {
        let mut ring = channel.ring_mut();
        change(&mut ring);
        let memory = ring.memory();
        self.bytes = self.bytes + memory - channel.counted_bytes.swap(memory, Ordering::Relaxed);
        if channel.listed_at.load(Ordering::Relaxed) == 0
            && let Some(first) = ring.first().map(|meta| meta.sequence)
        {
            channel.listed_at.store(first, Ordering::Relaxed);
            self.oldest.insert(first, Arc::clone(channel));
        }
    }

    /// Deletes events of a topic from memory. Returns the number of deleted events.
    pub(super) fn delete(&mut self, topic: &str, which: Deletion) -> u64 {
        let mut count = 0;
        if let Some(channel) = self.topics.get(topic).cloned() {
            self.change(&channel, |ring| count = ring.delete(which.range()));
        }
        // The topic may have been freed earlier, and created again since.
        self.freed.delete(topic, which.range());
        count
    }

    /// Advances the log to this sequence, and drops recorded deletions that are no longer needed.
    pub(super) fn pass(&mut self, sequence: u64) {
        self.last = sequence;
        self.ahead.pass(sequence);
    }

    /// Sets the limits of a topic that was created during the preloading, unless they are set
    /// already, and evicts events over its limits. Does nothing if no backplane has been followed
    /// yet.
    pub(super) fn limit(&mut self, channel: &Arc<Channel>, limits: TopicLimits, now_ms: u64) {
        if self.preloads_until_ms.is_none() {
            return;
        }
        self.change(channel, |ring| {
            if ring.limits == TopicLimits::UNKNOWN {
                ring.limits = limits;
            }
            ring.enforce_limits(now_ms);
        });
    }

    /// Evicts the oldest events of all topics while the memory of the log exceeds `limit_bytes`,
    /// but never the event with sequence `newest`. Frees empty topics without subscribers.
    pub(super) fn evict_over(&mut self, limit_bytes: usize, newest: u64) {
        while self.memory() > limit_bytes {
            let Some((listed_at, channel)) = self.oldest.pop_first() else {
                return;
            };
            channel.listed_at.store(0, Ordering::Relaxed);
            self.change(&channel, |ring| {
                ring.evict_block(listed_at, newest);
            });
            if listed_at == newest {
                return;
            }
            if !channel.is_used() && channel.ring().is_empty() {
                self.free(&channel);
            }
        }
    }

    /// Checks the next [`SWEPT_TOPICS`] topics for eviction.
    pub(super) fn sweep(&mut self, limits: TopicLimits, now_ms: u64) {
        for _ in 0..SWEPT_TOPICS {
            let Some(channel) = self.sweep.pop_front() else {
                return;
            };
            if self.sweep_topic(&channel, limits, now_ms) {
                self.sweep.push_back(channel);
            }
        }
    }

    /// Evicts events over the age limit, except the newest event of a topic with subscribers. Frees
    /// the topic if it is empty and has no subscriber. Returns whether the topic still exists.
    pub(super) fn sweep_topic(
        &mut self,
        channel: &Arc<Channel>,
        limits: TopicLimits,
        now_ms: u64,
    ) -> bool {
        let known = self.topics.get(&channel.name);
        if !known.is_some_and(|known| Arc::ptr_eq(known, channel)) {
            return false;
        }
        if self.preloads_until_ms.is_some_and(|until_ms| now_ms > until_ms) {
            self.limit(channel, limits, now_ms);
        }
        if channel.is_used() {
            self.change(channel, |ring| ring.evict_older(now_ms));
            return true;
        }
        self.change(channel, |ring| {
            ring.evict_stale(now_ms);
        });
        if !channel.ring().is_empty() {
            return true;
        }
        self.free(channel);
        false
    }

    /// Removes a topic, which must be empty and without subscribers, and records it as freed.
    pub(super) fn free(&mut self, channel: &Arc<Channel>) {
        self.oldest.remove(&channel.listed_at.swap(0, Ordering::Relaxed));
        if self.topics.remove(&channel.name).is_some() {
            self.freed.note(&channel.name, channel.ring().evicted_through());
            self.bytes -= memory_of(channel) + channel.counted_bytes.swap(0, Ordering::Relaxed);
        }
    }

    /// Returns the approximate memory of the log, in bytes: of topics, freed topics, recorded
    /// deletions and idempotency keys.
    pub(super) fn memory(&self) -> usize {
        self.bytes + self.freed.bytes() + self.ahead.bytes() + self.recent.bytes()
    }
}

/// Returns the approximate memory of a topic without its ring, in bytes: of its state, its name,
/// and its entries in the lists of the log.
pub(super) fn memory_of(channel: &Arc<Channel>) -> usize {
    const LISTED_BYTES: usize = 160;

    size_of::<Channel>() + LISTED_BYTES + channel.name.len()
}
