//! Owns what is kept of one topic's past, and decides loss exactly.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::block::{Block, Meta, Single};
use super::evictions::{Evictions, Limit, Outrun};
use super::read::{Choice, Query, Read};
use crate::limits::TopicLimits;
use crate::position::Epoch;

/// What it takes to keep an event beside its bytes, nearly.
const EVENT_BYTES: usize = 96;
/// Blocks have about this size, which is also the most that a frame has of small events.
const BLOCK_BYTES: usize = 8 * 1024;
/// So many events are put together, though nobody reads them.
const LOOSE_EVENTS: usize = 64;

/// The events of one topic that are kept: blocks, and behind them single events that nobody had to
/// read together yet.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(super) epoch: Epoch,
    pub(crate) limits: TopicLimits,
    blocks: VecDeque<Block>,
    tail: VecDeque<Single>,
    /// The number of the event before the last one; that or a later one is all but the last.
    before_tail_end: u64,
    /// Every event up to this number is gone.
    evicted_through: u64,
    /// Every event up to this number is gone, or a later one of its key has been published.
    evicted_current_through: u64,
    /// The newest event of each key that is kept.
    keys: HashMap<Arc<str>, u64>,
    evictions: Evictions,
    count: usize,
    bytes: usize,
}

impl Ring {
    /// An empty ring, behind this number: whether there was anything before it is not known.
    pub(crate) fn new(epoch: Epoch, limits: TopicLimits, after: u64) -> Self {
        Self {
            epoch,
            limits,
            blocks: VecDeque::new(),
            tail: VecDeque::new(),
            before_tail_end: after,
            evicted_through: after,
            evicted_current_through: after,
            keys: HashMap::new(),
            evictions: Evictions::new(),
            count: 0,
            bytes: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes that it keeps in memory, nearly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.count * EVENT_BYTES
    }

    /// Every event up to this number is gone.
    pub(crate) fn evicted_through(&self) -> u64 {
        self.evicted_through
    }

    /// The number of the last event, or the one up to which all are gone.
    fn last_sequence(&self) -> u64 {
        let block = self.blocks.back().map(Block::last_sequence);
        let last = self.tail.back().map(|single| single.meta.sequence).or(block);
        last.unwrap_or(self.evicted_through)
    }

    /// The first event that is kept.
    pub(crate) fn first(&self) -> Option<&Meta> {
        let block = self.blocks.front().and_then(Block::first);
        block.or_else(|| self.tail.front().map(|single| &single.meta))
    }

    /// Adds an event, and evicts what it is too much for.
    pub(crate) fn push(&mut self, single: Single) {
        let (now_ms, sequence) = (single.meta.at_ms, single.meta.sequence);
        if let Some(key) = &single.meta.key {
            let before = self.keys.insert(Arc::clone(key), sequence);
            if let Some(meta) = before.and_then(|before| self.find_mut(before)) {
                meta.is_superseded = true;
            }
        }
        self.bytes += single.bytes.len();
        self.count += 1;
        self.before_tail_end = self.last_sequence();
        self.tail.push_back(single);
        if self.tail.len() >= LOOSE_EVENTS || self.loose_bytes() >= self.block_bytes() {
            self.seal();
        }
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

    /// Evicts what is older than its age, but for the newest event.
    pub(crate) fn evict_older(&mut self, now_ms: u64) {
        let age_ms = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        let is_old = |meta: &Meta| now_ms.saturating_sub(meta.at_ms) > age_ms;
        while self.count > 1 && self.first().is_some_and(is_old) {
            self.evict(Limit::Age);
        }
    }

    /// Evicts all, once the newest event is older than its age. Says whether nothing is left.
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

    /// Evicts the first block, or what stands for one, if it begins with this number, up to the
    /// event of that one.
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

    /// Begins again in this epoch, behind this number.
    pub(crate) fn reset(&mut self, epoch: Epoch, after: u64) {
        *self = Self::new(epoch, self.limits, after);
    }

    /// Puts single events together.
    pub(crate) fn seal(&mut self) {
        let singles: Vec<_> = self.tail.drain(..).collect();
        if singles.is_empty() {
            return;
        }
        let loose = singles.iter().map(|single| single.bytes.len()).sum::<usize>();
        let has_room =
            |block: &mut Block| block.len() + loose <= BLOCK_BYTES.min(self.limits.bytes / 8);
        let before = self.blocks.pop_back_if(has_room);
        let freed = before.as_ref().map_or(0, Block::len);
        let block = Block::join(before, singles);
        self.bytes = self.bytes + block.len() - freed - loose;
        self.blocks.push_back(block);
    }

    /// The last event, where a reader in this epoch has all but that: the common case.
    #[inline]
    pub(crate) fn last_alone(&self, epoch: Epoch, after: u64) -> Option<(&Bytes, u64)> {
        let last = self.tail.back()?;
        let is_behind = epoch == self.epoch && after < last.meta.sequence;
        let has_rest = after >= self.before_tail_end && after >= self.evicted_through;
        (is_behind && has_rest).then_some((&last.bytes, last.meta.sequence))
    }

    /// What it has for this query.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        if query.epoch != self.epoch {
            return Read::Foreign;
        }
        let lost = self.lost_through(query.choice);
        if query.after < lost {
            return Read::Lost;
        }
        if query.choice == Choice::Newest {
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

    /// Up to which number this choice of events is gone.
    pub(crate) fn lost_through(&self, choice: Choice) -> u64 {
        match choice {
            Choice::All => self.evicted_through,
            Choice::Current => self.evicted_current_through,
            // The newest is kept, unless all topics together were too much.
            Choice::Newest if self.is_empty() => self.evicted_through,
            Choice::Newest => 0,
        }
    }

    /// How a burst outran a subscriber that was sent every event up to this sequence; `None` if its
    /// next event is there, or if it was slow.
    pub(crate) fn outrun(&self, after: u64, now_ms: u64) -> Option<Outrun> {
        if after >= self.evicted_through {
            return None;
        }
        let outrun = self.evictions.outran(after, now_ms)?;
        // Sequences are those of all topics, so that their difference is a bound too.
        Some(Outrun { events: outrun.events.min(self.evicted_through - after), ..outrun })
    }

    /// The number of the last event that is wanted; of the last one at all where none is.
    pub(crate) fn newest_sequence(&self, query: &Query<'_>) -> Option<u64> {
        let mut newest = self.newest(query).peekable();
        let head = newest.peek().map(|(meta, _)| meta.sequence);
        newest
            .find(|(meta, bytes)| query.wants(meta, bytes))
            .map(|(meta, _)| meta.sequence)
            .or(head)
    }

    /// The number of the first event behind this one, if there is one.
    pub(crate) fn next_sequence(&self, after: u64) -> Option<u64> {
        let index = self.blocks.partition_point(|block| block.last_sequence() <= after);
        if let Some(block) = self.blocks.get(index) {
            return block.event(block.after(after)).map(|(meta, _)| meta.sequence);
        }
        self.loose_after(after).next().map(|single| single.meta.sequence)
    }

    /// The number behind which the last `count` events are.
    pub(crate) fn before_last(&self, count: usize) -> u64 {
        let Some(skipped) = self.count.saturating_sub(count).checked_sub(1) else {
            return self.evicted_through;
        };
        let loose = self.tail.iter().map(|single| &single.meta);
        let mut kept = self.blocks.iter().flat_map(Block::metas).chain(loose);
        kept.nth(skipped).map_or(self.evicted_through, |meta| meta.sequence)
    }

    /// The common case: the reader has all but the last event.
    fn read_last(&self, query: &Query<'_>) -> Option<Read> {
        let last = self.tail.back()?;
        let sequence = last.meta.sequence;
        if query.after < self.before_tail_end || query.after >= sequence || sequence > query.through
        {
            return None;
        }
        Some(match query.wants(&last.meta, &last.bytes) {
            true => Read::Run { bytes: last.bytes.clone(), last: sequence, events: 1 },
            false => Read::Passed(sequence),
        })
    }

    /// What is behind all blocks, where that is not the last event alone.
    fn read_tail(&self, query: &Query<'_>) -> Read {
        let mut loose = self
            .loose_after(query.after)
            .take_while(|single| single.meta.sequence <= query.through);
        match (loose.next(), loose.next()) {
            (None, _) => Read::Nothing,
            (Some(only), None) => match query.wants(&only.meta, &only.bytes) {
                true => {
                    Read::Run { bytes: only.bytes.clone(), last: only.meta.sequence, events: 1 }
                }
                false => Read::Passed(only.meta.sequence),
            },
            (Some(_), Some(_)) => Read::Loose,
        }
    }

    fn loose_after(&self, after: u64) -> impl Iterator<Item = &Single> {
        self.tail.iter().skip(self.tail.partition_point(|single| single.meta.sequence <= after))
    }

    /// The last event that is wanted.
    fn read_newest(&self, query: &Query<'_>) -> Read {
        let mut newest = self.newest(query).peekable();
        let Some(head) = newest.peek().map(|(meta, _)| meta.sequence) else {
            return Read::Nothing;
        };
        match newest.find(|(meta, bytes)| query.wants(meta, bytes)) {
            Some((_, bytes)) => Read::Run { bytes, last: head, events: 1 },
            None => Read::Passed(head),
        }
    }

    /// The events that are asked for, the last first.
    fn newest(&self, query: &Query<'_>) -> impl Iterator<Item = (&Meta, Bytes)> {
        let Query { after, through, .. } = *query;
        let loose = self.tail.iter().rev().map(|single| (&single.meta, single.bytes.clone()));
        let in_blocks = self.blocks.iter().rev().flat_map(|block| {
            let event = |index| Some((block.event(index)?.0, block.slice(index, index + 1)));
            (block.after(0)..block.end()).rev().filter_map(event)
        });
        loose
            .chain(in_blocks)
            .skip_while(move |(meta, _)| meta.sequence > through)
            .take_while(move |(meta, _)| meta.sequence > after)
    }

    fn find_mut(&mut self, sequence: u64) -> Option<&mut Meta> {
        let index = self.tail.partition_point(|single| single.meta.sequence < sequence);
        if self.tail.get(index).is_some_and(|single| single.meta.sequence == sequence) {
            return self.tail.get_mut(index).map(|single| &mut single.meta);
        }
        let index = self.blocks.partition_point(|block| block.last_sequence() < sequence);
        self.blocks.get_mut(index)?.find_mut(sequence)
    }

    /// Evicts the oldest event, for this limit.
    fn evict(&mut self, limit: Limit) {
        let evicted = match self.blocks.front_mut() {
            Some(block) => block.evict(),
            None => self.tail.pop_front().map(|single| {
                self.bytes -= single.bytes.len();
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
        self.evictions.note(self.evicted_through, meta.at_ms, limit);
        self.evicted_through = meta.sequence;
        if meta.is_superseded {
            return;
        }
        self.evicted_current_through = meta.sequence;
        if let Some(key) = &meta.key {
            self.keys.remove(key);
        }
    }

    fn loose_bytes(&self) -> usize {
        self.tail.iter().map(|single| single.bytes.len()).sum()
    }

    fn block_bytes(&self) -> usize {
        BLOCK_BYTES.min(self.limits.bytes / 8)
    }
}

/// The first run of events that are wanted, in this block.
pub(crate) fn read_block(block: &Block, query: &Query<'_>) -> Read {
    let start = block.after(query.after);
    let end = match block.last_sequence() <= query.through {
        true => block.end(),
        false => block.after(query.through),
    };
    let wants = |index: usize| {
        query.wants_all()
            || block.event(index).is_some_and(|(meta, bytes)| query.wants(meta, bytes))
    };
    let number = |index: usize| block.event(index).map_or(query.after, |(meta, _)| meta.sequence);
    if start >= end {
        return Read::Nothing;
    }
    let Some(from) = (start..end).find(|index| wants(*index)) else {
        return Read::Passed(number(end - 1));
    };
    let to = (from..end).find(|index| !wants(*index)).unwrap_or(end);
    let events = u32::try_from(to - from).unwrap_or(u32::MAX);
    Read::Run { bytes: block.slice(from, to), last: number(to - 1), events }
}
