//! Owns the set of topics, the order in which their events are evicted, and their memory.

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

/// How many topics each publish checks for eviction.
const SWEPT_TOPICS: usize = 2;

/// All topics of one node, with the last sequence of their events.
#[derive(Debug)]
pub(super) struct AllTopics {
    /// The epoch of the sequences. `Hub::epoch` becomes equal to it when the hub opens.
    pub(super) epoch: Epoch,
    /// The sequence of the last event.
    pub(super) last: u64,
    /// The time in milliseconds, on the clock of the hub, until which a topic that has had no subscriber
    /// keeps all preloaded events. `u64::MAX` while events are preloaded; `None` if none ever were.
    pub(super) preloads_until_ms: Option<u64>,
    pub(super) topics: HashMap<Arc<str>, Arc<Channel>>,
    pub(super) freed: Freed,
    pub(super) ahead: DeletedAhead,
    /// The approximate memory of all topics and their rings, in bytes.
    pub(super) bytes: usize,
    /// Each topic that keeps an event, by the sequence of its first event or a lower sequence.
    pub(super) oldest: BTreeMap<u64, Arc<Channel>>,
    /// Each topic once, in the order in which the sweep checks them.
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

    /// Changes a ring, and updates the total of bytes and the list of the oldest events.
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

    /// Deletes events of a topic, and returns their number.
    pub(super) fn delete(&mut self, topic: &str, which: Deletion) -> u64 {
        let mut count = 0;
        if let Some(channel) = self.topics.get(topic).cloned() {
            self.change(&channel, |ring| count = ring.delete(which.range()));
        }
        // The topic may have been freed before, and then used again.
        self.freed.delete(topic, which.range());
        count
    }

    /// Notes that the log has gone on to this sequence.
    pub(super) fn pass(&mut self, sequence: u64) {
        self.last = sequence;
        self.ahead.pass(sequence);
    }

    /// Applies these limits to a topic whose events were preloaded, unless it has its own by now.
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

    /// Evicts the oldest events of all topics while they exceed the limit, but never the event with
    /// sequence `newest`.
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

    /// Evicts events over the age limit, and frees the topic if it is empty and has no subscriber.
    /// Returns whether the topic still exists.
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

    /// Frees an empty topic without subscribers.
    pub(super) fn free(&mut self, channel: &Arc<Channel>) {
        self.oldest.remove(&channel.listed_at.swap(0, Ordering::Relaxed));
        if self.topics.remove(&channel.name).is_some() {
            self.freed.note(&channel.name, channel.ring().evicted_through());
            self.bytes -= memory_of(channel) + channel.counted_bytes.swap(0, Ordering::Relaxed);
        }
    }

    /// Returns the approximate memory of all topics, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes + self.freed.bytes() + self.ahead.bytes() + self.recent.bytes()
    }
}

/// Returns the approximate memory of a topic, in bytes, without its ring: its state, its name, and its place
/// in the lists of the log.
pub(super) fn memory_of(channel: &Arc<Channel>) -> usize {
    const LISTED_BYTES: usize = 160;

    size_of::<Channel>() + LISTED_BYTES + channel.name.len()
}
