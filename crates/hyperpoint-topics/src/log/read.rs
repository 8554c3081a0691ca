//! Queries for the events of a topic, and their results.

use std::sync::Arc;

use bytes::Bytes;

use super::block::{Block, Meta};
use super::clock::Clock;
use crate::event::TopicEvent;
use crate::position::Epoch;

/// A predicate that selects the events a subscriber is sent.
pub(crate) type Filter = Arc<dyn Fn(&TopicEvent<'_>) -> bool + Send + Sync>;

/// A query for the next events of a topic.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) epoch: Epoch,
    /// Selects events after this sequence.
    pub(crate) after: u64,
    /// Selects events up to and including this sequence.
    pub(crate) through: u64,
    pub(crate) filter: Option<&'a Filter>,
    pub(crate) selection: LagSelection,
    /// The clock by which events expire.
    pub(crate) clock: Clock,
}

/// The events that the lag policy ([`OnLag`](crate::OnLag)) of a subscriber selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LagSelection {
    /// Every event.
    All,
    /// Events that no later event with the same key has replaced.
    NewestPerKey,
    /// Only the last event that the filter accepts.
    Newest,
}

/// The result of a [`Query`].
#[derive(Debug)]
pub(crate) enum Read {
    /// The contiguous bytes of selected events, and their number. The query selects no other event
    /// up to sequence `last`, after which the reader continues.
    Run { bytes: Bytes, last: u64, events: u32 },
    /// The query selects no event up to this sequence.
    Skipped(u64),
    /// There is no event in the range of the query.
    Nothing,
    /// The query needs several events that are not sealed into a block yet.
    Unsealed,
    /// The next event of the query is evicted.
    Lost,
    /// The log is in another epoch than the query.
    WrongEpoch,
}

impl Query<'_> {
    /// Returns whether an event passes the filter, is neither deleted nor expired, and, with
    /// [`LagSelection::NewestPerKey`], is not superseded. The caller checks the range, and
    /// implements [`LagSelection::Newest`].
    pub(crate) fn matches(&self, meta: &Meta, bytes: &[u8]) -> bool {
        if meta.is_gone(self.clock)
            || (self.selection == LagSelection::NewestPerKey && meta.is_superseded)
        {
            return false;
        }
        self.filter.is_none_or(|filter| filter(&TopicEvent::new(meta.key.as_deref(), bytes)))
    }

    /// Returns whether the query selects every event in its range that is neither deleted nor
    /// expired.
    pub(crate) fn matches_all(&self) -> bool {
        self.filter.is_none() && self.selection == LagSelection::All
    }
}

impl Block {
    /// Returns the index of the first event in the range of the query, and the index just after the
    /// last one.
    fn range(&self, query: &Query<'_>) -> (usize, usize) {
        let end = match self.last_sequence() <= query.through {
            true => self.end(),
            false => self.after(query.through),
        };
        (self.after(query.after), end)
    }

    /// Returns the index of the last event that the query selects, if there is one.
    fn newest(&self, query: &Query<'_>) -> Option<usize> {
        let (start, end) = self.range(query);
        (start..end).rfind(|index| {
            self.event(*index).is_some_and(|(meta, bytes)| query.matches(meta, bytes))
        })
    }

    /// Returns the sequence of the next event in the range of the query, if there is one. With
    /// [`LagSelection::Newest`], the next event is the last event that the query selects.
    pub(crate) fn next_sequence(&self, query: &Query<'_>) -> Option<u64> {
        let next = match query.selection {
            LagSelection::Newest => self.newest(query)?,
            LagSelection::All | LagSelection::NewestPerKey => self.after(query.after),
        };
        let sequence = self.event(next)?.0.sequence;
        (sequence <= query.through).then_some(sequence)
    }
}

/// Returns the first contiguous run of events in this block that the query selects. With
/// [`LagSelection::Newest`], the run has only the last event that the query selects.
pub(crate) fn read_block(block: &Block, query: &Query<'_>) -> Read {
    let (start, end) = block.range(query);
    let is_selected = |index: usize| {
        (query.matches_all() && block.is_plain())
            || block.event(index).is_some_and(|(meta, bytes)| query.matches(meta, bytes))
    };
    let sequence = |index: usize| block.event(index).map_or(query.after, |(meta, _)| meta.sequence);
    if start >= end {
        return Read::Nothing;
    }
    if query.selection == LagSelection::Newest {
        return match block.newest(query) {
            Some(newest) => Read::Run {
                bytes: block.slice(newest, newest + 1),
                last: sequence(end - 1),
                events: 1,
            },
            None => Read::Skipped(sequence(end - 1)),
        };
    }
    let Some(from) = (start..end).find(|index| is_selected(*index)) else {
        return Read::Skipped(sequence(end - 1));
    };
    let to = (from..end).find(|index| !is_selected(*index)).unwrap_or(end);
    let events = u32::try_from(to - from).unwrap_or(u32::MAX);
    Read::Run { bytes: block.slice(from, to), last: sequence(to - 1), events }
}
