//! [`Ring`], which keeps the recent events of one topic, and determines which events a reader has
//! lost.

use std::collections::VecDeque;

use bytes::Bytes;

use super::block::{Block, Meta, NEVER, Single};
use super::clock::Clock;
use super::evictions::{Evictions, Limit, Overrun};
use super::keys::Keys;
use super::read::{LagSelection, Query, Read, read_block};
use crate::limits::TopicLimits;
use crate::position::Epoch;

/// Approximate memory for the metadata of one event, in bytes.
const EVENT_BYTES: usize = 96;
/// Approximate maximum size of a block, in bytes. It also limits the size of a frame of small
/// events.
const BLOCK_BYTES: usize = 8 * 1024;
/// Number of unsealed events at which they are sealed into a block, even if no reader needs them.
const UNSEALED_EVENTS: usize = 64;

/// The recent events of one topic: blocks, followed by a tail of unsealed events. The tail is
/// sealed into a block when it is full, when a reader needs several of its events at once, or when
/// one of its events is deleted.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) epoch: Epoch,
    pub(crate) limits: TopicLimits,
    /// The clock by which events expire.
    pub(super) clock: Clock,
    pub(super) blocks: VecDeque<Block>,
    pub(super) tail: VecDeque<Single>,
    /// The sequence of the event before the last one: a reader at this sequence or after it has
    /// only the last event to read. `u64::MAX` if the last event can expire.
    before_tail_end: u64,
    /// The sequence of the last event, even if it is no longer kept.
    last_sequence: u64,
    /// Every event up to this sequence is evicted. The eviction of an event that was already
    /// deleted or expired does not advance this sequence, because no reader loses such an event.
    pub(super) evicted_through: u64,
    /// The value of `evicted_through` for a reader of the newest event of each key: the eviction of
    /// a superseded event does not advance it, because such a reader does not lose the event.
    pub(super) evicted_current_through: u64,
    /// The backplane may have lost events up to this sequence.
    unreadable_through: u64,
    /// The sequence up to which the backplane has no event of the topic that the ring lacks and has
    /// not evicted. The log of this node may not have reached it yet.
    known_through: u64,
    pub(super) keys: Keys,
    /// The unused capacity of the buffers of unsealed events, in bytes.
    slack: usize,
    evictions: Evictions,
    count: usize,
    pub(super) bytes: usize,
}

impl Ring {
    /// Creates an empty ring that starts after this sequence. Events up to it count as evicted.
    pub(crate) fn new(epoch: Epoch, limits: TopicLimits, clock: Clock, after: u64) -> Self {
        Self {
            epoch,
            limits,
            clock,
            blocks: VecDeque::new(),
            tail: VecDeque::new(),
            before_tail_end: after,
            last_sequence: after,
            evicted_through: after,
            evicted_current_through: after,
            unreadable_through: 0,
            known_through: 0,
            keys: Keys::default(),
            slack: 0,
            evictions: Evictions::new(),
            count: 0,
            bytes: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the approximate memory of the events and their keys, in bytes, which
    /// [`TopicLimits::bytes`] limits.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.count * EVENT_BYTES + self.keys.bytes()
    }

    /// Returns the approximate memory of the ring, including unused capacity, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let spare = self.tail.capacity() - self.tail.len();
        self.bytes() + self.slack + spare * size_of::<Single>()
    }

    /// Returns the sequence up to which the backplane may have lost events.
    pub(crate) fn unreadable_through(&self) -> u64 {
        self.unreadable_through
    }

    /// Records that the backplane may have lost events up to this sequence.
    pub(crate) fn note_unreadable(&mut self, through: u64) {
        self.unreadable_through = self.unreadable_through.max(through);
    }

    /// Returns the sequence up to which the backplane has no event of the topic that the ring lacks
    /// and has not evicted, as far as pages were read from the backplane.
    pub(crate) fn known_through(&self) -> u64 {
        self.known_through
    }

    /// Extends the range of the ring back to sequence `after`, and forward to `through`. The topic
    /// must have no event between `after` and the previous beginning of the ring, and none up to
    /// `through` that the ring lacks.
    pub(crate) fn extend(&mut self, after: u64, through: u64) {
        self.evicted_current_through = self.evicted_current_through.min(after);
        self.evicted_through = self.evicted_through.min(after);
        self.known_through = self.known_through.max(through);
    }

    /// Returns the sequence up to which every event is evicted.
    pub(crate) fn evicted_through(&self) -> u64 {
        self.evicted_through
    }

    /// Returns the metadata of the oldest event that is kept, if there is one.
    pub(crate) fn first(&self) -> Option<&Meta> {
        let block = self.blocks.front().and_then(Block::first);
        block.or_else(|| self.tail.front().map(|single| &single.meta))
    }

    /// Appends an event, and evicts the oldest events over the limits.
    pub(crate) fn push(&mut self, mut single: Single) {
        let (now_ms, sequence) = (single.meta.at_ms, single.meta.sequence);
        if let Some(key) = &mut single.meta.key {
            let before = self.keys.put(key, sequence);
            if let Some(meta) = before.and_then(|before| self.find_mut(before)) {
                meta.is_superseded = true;
            }
        }
        self.bytes += single.bytes.len();
        self.slack += single.slack();
        self.count += 1;
        // `last_alone` does not check the clock, so it must not return an event that can expire.
        let is_plain = single.meta.expires_ms == NEVER;
        self.before_tail_end = if is_plain { self.last_sequence } else { u64::MAX };
        self.last_sequence = sequence;
        self.tail.push_back(single);
        if self.tail.len() >= UNSEALED_EVENTS || self.unsealed_bytes() >= self.block_bytes() {
            self.seal();
        }
        self.enforce_limits(now_ms);
    }

    /// Marks the newest kept event of a key as superseded. Called if a later event with this key is
    /// already deleted or expired, so that the key has no current event.
    pub(crate) fn supersede(&mut self, key: &str) {
        let newest = self.keys.remove(key);
        if let Some(meta) = newest.and_then(|newest| self.find_mut(newest)) {
            meta.is_superseded = true;
        }
    }

    /// Marks the newest kept event of a key as superseded if its sequence is before `deleted`, the
    /// sequence of a deleted event with this key.
    pub(crate) fn supersede_before(&mut self, key: &str, deleted: u64) {
        if self.keys.newest(key).is_some_and(|newest| newest < deleted) {
            self.supersede(key);
        }
    }

    /// Evicts the oldest events over the limits, but never the newest event.
    pub(crate) fn enforce_limits(&mut self, now_ms: u64) {
        while self.count > 1 {
            if self.count > self.limits.events {
                self.evict(Limit::Events);
            } else if self.bytes() > self.limits.bytes {
                self.evict(Limit::Bytes);
            } else {
                break;
            }
        }
        self.evict_older(now_ms);
    }

    /// Evicts events over the age limit, but never the newest event.
    pub(crate) fn evict_older(&mut self, now_ms: u64) {
        let age_ms = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        let is_old = |meta: &Meta| now_ms.saturating_sub(meta.at_ms) > age_ms;
        while self.count > 1 && self.first().is_some_and(is_old) {
            self.evict(Limit::Age);
        }
    }

    /// Evicts events over the age limit, including the newest event. Returns whether the ring is
    /// then empty.
    pub(crate) fn evict_stale(&mut self, now_ms: u64) -> bool {
        self.evict_older(now_ms);
        let age_ms = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        if self.count == 1
            && self.first().is_some_and(|meta| now_ms.saturating_sub(meta.at_ms) > age_ms)
        {
            self.evict(Limit::Age);
        }
        self.is_empty()
    }

    /// Evicts the first block, or the tail if there is no block, if it begins with sequence
    /// `first`. Keeps events with sequence `before` or later.
    pub(crate) fn evict_block(&mut self, first: u64, before: u64) {
        if self.first().is_none_or(|meta| meta.sequence != first) {
            return;
        }
        let mut left = self.blocks.front().map_or(self.tail.len(), Block::count);
        while left > 0 && self.first().is_some_and(|meta| meta.sequence < before) {
            self.evict(Limit::TotalBytes);
            left -= 1;
        }
    }

    /// Drops all events. The ring then starts after this sequence in this epoch, and events up to
    /// it count as evicted.
    pub(crate) fn reset(&mut self, epoch: Epoch, after: u64) {
        *self = Self::new(epoch, self.limits, self.clock, after);
    }

    /// Moves the unsealed events into a block: the last block if it has space, or a new one.
    pub(crate) fn seal(&mut self) {
        let singles: Vec<_> = self.tail.drain(..).collect();
        if singles.is_empty() {
            return;
        }
        let unsealed = singles.iter().map(|single| single.bytes.len()).sum::<usize>();
        let has_space =
            |block: &mut Block| block.len() + unsealed <= BLOCK_BYTES.min(self.limits.bytes / 8);
        let before = self.blocks.pop_back_if(has_space);
        let freed = before.as_ref().map_or(0, Block::len);
        let block = Block::join(before, singles);
        self.bytes = self.bytes + block.len() - freed - unsealed;
        self.slack = 0;
        self.blocks.push_back(block);
    }

    /// Returns the bytes and the sequence of the last event, if it is the only event that a reader
    /// at sequence `after` of this epoch has not read, is unsealed, and cannot expire. This is the
    /// common case.
    #[inline]
    pub(crate) fn last_alone(&self, epoch: Epoch, after: u64) -> Option<(&Bytes, u64)> {
        let last = self.tail.back()?;
        let is_behind = epoch == self.epoch && after < last.meta.sequence;
        let has_rest = after >= self.before_tail_end && after >= self.evicted_through;
        (is_behind && has_rest).then_some((&last.bytes, last.meta.sequence))
    }

    /// Answers a query with selected events, or with the reason why it returns none.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        if query.epoch != self.epoch {
            return Read::WrongEpoch;
        }
        let lost = self.lost_through(query.selection);
        if query.after < lost {
            return Read::Lost;
        }
        let end = self.last_sequence.min(query.through);
        match self.read_kept(query) {
            // The evicted events up to `end` were already deleted or expired when they were
            // evicted.
            Read::Nothing if query.after < end => Read::Skipped(end),
            read => read,
        }
    }

    /// Answers a query whose next event is not lost.
    fn read_kept(&self, query: &Query<'_>) -> Read {
        if query.selection == LagSelection::Newest {
            return self.read_newest(query);
        }
        if let Some(read) = self.read_last(query) {
            return read;
        }
        let index = self.blocks.partition_point(|block| block.last_sequence() <= query.after);
        match self.blocks.get(index) {
            Some(block) => read_block(block, query),
            None => self.read_tail(query),
        }
    }

    /// Returns the sequence up to which events of this selection are lost, or 0 if none is lost.
    pub(crate) fn lost_through(&self, selection: LagSelection) -> u64 {
        match selection {
            LagSelection::All => self.evicted_through,
            LagSelection::NewestPerKey => self.evicted_current_through,
            // The ring keeps the newest event, unless the memory limit over all topics or, in a
            // topic without subscribers, the age limit has evicted it.
            LagSelection::Newest if self.is_empty() => self.evicted_through,
            LagSelection::Newest => 0,
        }
    }

    /// Returns the burst that overran a subscriber that was sent every event up to this sequence,
    /// or `None` if the next event of the subscriber is kept, or if the subscriber was slow.
    pub(crate) fn overrun(&self, after: u64, now_ms: u64) -> Option<Overrun> {
        if after >= self.evicted_through {
            return None;
        }
        let overrun = self.evictions.overrun_since(after, now_ms)?;
        // Sequences count the events of all topics, so their difference is an upper bound too.
        Some(Overrun { events: overrun.events.min(self.evicted_through - after), ..overrun })
    }

    /// Answers a query that needs only the last event, if it is unsealed: the common case. Returns
    /// `None` for any other query.
    fn read_last(&self, query: &Query<'_>) -> Option<Read> {
        let last = self.tail.back()?;
        let sequence = last.meta.sequence;
        if query.after < self.before_tail_end || query.after >= sequence || sequence > query.through
        {
            return None;
        }
        Some(match query.matches(&last.meta, &last.bytes) {
            true => Read::Run { bytes: last.bytes.clone(), last: sequence, events: 1 },
            false => Read::Skipped(sequence),
        })
    }

    /// Answers a query for the unsealed events after all blocks.
    fn read_tail(&self, query: &Query<'_>) -> Read {
        let mut unsealed = self
            .unsealed_after(query.after)
            .take_while(|single| single.meta.sequence <= query.through);
        match (unsealed.next(), unsealed.next()) {
            (None, _) => Read::Nothing,
            (Some(only), None) => match query.matches(&only.meta, &only.bytes) {
                true => {
                    Read::Run { bytes: only.bytes.clone(), last: only.meta.sequence, events: 1 }
                }
                false => Read::Skipped(only.meta.sequence),
            },
            (Some(_), Some(_)) => Read::Unsealed,
        }
    }

    pub(super) fn unsealed_after(&self, after: u64) -> impl Iterator<Item = &Single> {
        self.tail.iter().skip(self.tail.partition_point(|single| single.meta.sequence <= after))
    }

    fn find_mut(&mut self, sequence: u64) -> Option<&mut Meta> {
        let index = self.tail.partition_point(|single| single.meta.sequence < sequence);
        if self.tail.get(index).is_some_and(|single| single.meta.sequence == sequence) {
            return self.tail.get_mut(index).map(|single| &mut single.meta);
        }
        let index = self.blocks.partition_point(|block| block.last_sequence() < sequence);
        self.blocks.get_mut(index)?.find_mut(sequence)
    }

    /// Evicts the oldest event. Records the eviction by this limit, unless the event was already
    /// deleted or expired.
    fn evict(&mut self, limit: Limit) {
        let evicted = match self.blocks.front_mut() {
            Some(block) => block.evict(),
            None => self.tail.pop_front().map(|single| {
                self.bytes -= single.bytes.len();
                self.slack -= single.slack();
                single.meta
            }),
        };
        if let Some(block) = self.blocks.pop_front_if(|block| block.count() == 0) {
            self.bytes -= block.len();
        }
        let Some(meta) = evicted else {
            return;
        };
        self.count -= 1;
        if let Some(key) = meta.key.as_ref().filter(|_| !meta.is_superseded) {
            self.keys.remove(key);
        }
        if meta.is_gone(self.clock) {
            return;
        }
        self.evictions.record(self.evicted_through, meta.at_ms, limit);
        self.evicted_through = meta.sequence;
        if !meta.is_superseded {
            self.evicted_current_through = meta.sequence;
        }
    }

    fn unsealed_bytes(&self) -> usize {
        self.tail.iter().map(|single| single.bytes.len()).sum()
    }

    fn block_bytes(&self) -> usize {
        BLOCK_BYTES.min(self.limits.bytes / 8)
    }
}
