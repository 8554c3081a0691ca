//! Iteration over the events of a ring, in both directions, and the deletion of events.

use bytes::Bytes;

use super::block::{Block, Meta};
use super::read::{Query, Read};
use super::ring::Ring;

impl Ring {
    /// Deletes the events in this inclusive range of sequences, and keeps their metadata without
    /// their keys. Returns the number of deleted events. If the range begins at 0 and includes all
    /// evicted events, these no longer count as lost.
    pub(crate) fn delete(&mut self, range: (u64, u64)) -> u64 {
        let unsealed = self.unsealed_after(range.0.saturating_sub(1)).next();
        if unsealed.is_some_and(|single| single.meta.sequence <= range.1) {
            self.seal();
        }
        if range.0 == 0 && range.1 >= self.evicted_through {
            (self.evicted_through, self.evicted_current_through) = (0, 0);
        }
        let mut count = 0;
        let from = self.blocks.partition_point(|block| block.last_sequence() < range.0);
        let is_within =
            |block: &&mut Block| block.first().is_none_or(|meta| meta.sequence <= range.1);
        for block in self.blocks.range_mut(from..).take_while(is_within) {
            let before = block.len();
            let deleted = block.delete(range);
            self.bytes = self.bytes + block.len() - before;
            count += deleted.len() as u64;
            for (key, sequence) in deleted.iter().filter_map(Meta::keyed) {
                self.keys.remove_newest(key, sequence);
            }
        }
        count
    }

    /// Returns the sequence of the last event that the query selects, or of the last event in its
    /// range if it selects none. Returns `None` if the range has no event.
    pub(crate) fn newest_sequence(&self, query: &Query<'_>) -> Option<u64> {
        let mut newest = self.newest(query).peekable();
        let head = newest.peek().map(|(meta, _)| meta.sequence);
        newest
            .find(|(meta, bytes)| query.matches(meta, bytes))
            .map(|(meta, _)| meta.sequence)
            .or(head)
    }

    /// Returns the sequence of the first event after this one, if there is one.
    pub(crate) fn next_sequence(&self, after: u64) -> Option<u64> {
        let index = self.blocks.partition_point(|block| block.last_sequence() <= after);
        if let Some(block) = self.blocks.get(index) {
            return block.event(block.after(after)).map(|(meta, _)| meta.sequence);
        }
        self.unsealed_after(after).next().map(|single| single.meta.sequence)
    }

    /// Returns the sequence just before the last `count` events that are kept, or `None` if no
    /// event is kept. The log may have lost events before that sequence.
    pub(crate) fn before_last(&self, count: usize) -> Option<u64> {
        let unsealed = self.tail.iter().map(|single| &single.meta);
        let all = self.blocks.iter().flat_map(Block::metas).chain(unsealed);
        let mut kept = all.filter(|meta| !meta.is_gone(self.clock));
        let skipped = kept.clone().count().saturating_sub(count);
        kept.nth(skipped).map(|first| first.sequence - 1)
    }

    /// Answers a query with the last event that it selects, or skips its range if it selects none.
    pub(super) fn read_newest(&self, query: &Query<'_>) -> Read {
        let mut newest = self.newest(query).peekable();
        let Some(head) = newest.peek().map(|(meta, _)| meta.sequence) else {
            return Read::Nothing;
        };
        match newest.find(|(meta, bytes)| query.matches(meta, bytes)) {
            Some((_, bytes)) => Read::Run { bytes, last: head, events: 1 },
            None => Read::Skipped(head),
        }
    }

    /// Iterates over the events in the range of the query, newest first.
    fn newest(&self, query: &Query<'_>) -> impl Iterator<Item = (&Meta, Bytes)> {
        self.between(query.after, query.through).rev()
    }

    /// Iterates over the events after sequence `after`, up to and including sequence `through`.
    pub(crate) fn between(
        &self,
        after: u64,
        through: u64,
    ) -> impl DoubleEndedIterator<Item = (&Meta, Bytes)> {
        let first = self.blocks.partition_point(|block| block.last_sequence() <= after);
        let in_blocks = self.blocks.range(first..).flat_map(move |block| {
            let event = |index| Some((block.event(index)?.0, block.slice(index, index + 1)));
            (block.after(after)..block.after(through)).filter_map(event)
        });
        let first = self.tail.partition_point(|single| single.meta.sequence <= after);
        let end = self.tail.partition_point(|single| single.meta.sequence <= through);
        let unsealed = self.tail.range(first..end.max(first));
        in_blocks.chain(unsealed.map(|single| (&single.meta, single.bytes.clone())))
    }
}
