//! Owns the place of one subscriber in one topic.

use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;

use crate::follow::poll_page;
use crate::history::Page;
use crate::log::{Channel, Filter, Hub, LagSelection, Query, Read, WaiterId};
use crate::node::Node;
use crate::position::Epoch;

/// The place of one subscriber in one topic.
#[derive(Debug)]
pub(super) struct TopicCursor {
    channel: Arc<Channel>,
    waiter: WaiterId,
    /// It was sent every event of the topic up to this number, or told that it is not.
    pub(super) through: u64,
    /// A cursor of the past that the log does not have any more, of which it is given what it needs.
    page: Option<Arc<Page>>,
}

/// What a subscriber criteria of its topics.
#[derive(Clone)]
#[repr(C)]
pub(super) struct ReadCriteria {
    pub(super) epoch: Epoch,
    pub(super) filter: Option<Filter>,
    pub(super) selection: LagSelection,
}

impl ReadCriteria {
    /// Whether every event is wanted.
    pub(super) fn is_all(&self) -> bool {
        self.filter.is_none() && self.selection == LagSelection::All
    }
}

impl TopicCursor {
    pub(super) fn new(channel: Arc<Channel>) -> Self {
        let waiter = channel.waiters.join();
        Self { channel, waiter, through: 0, page: None }
    }

    /// The last event, if that is all that is behind its place. It goes on behind it.
    #[inline]
    pub(super) fn read_last_alone(&mut self, epoch: Epoch) -> Option<Bytes> {
        let (bytes, sequence) = self.channel.last_alone(epoch, self.through)?;
        self.through = sequence;
        Some(bytes)
    }

    /// What is there behind its place, up to this number. It goes on behind what it is given.
    pub(super) fn read(&mut self, criteria: &ReadCriteria, through: u64) -> Read {
        let query = self.query(criteria, through);
        let mut read = self.channel.read(&query);
        if let (Read::Lost, Some(page)) = (&read, self.page(criteria.epoch)) {
            read = page.read(&query);
        }
        if let Read::Run { last, .. } | Read::Skipped(last) = &read {
            self.through = *last;
        }
        read
    }

    /// Whether there is an event behind its place.
    pub(super) fn has_news(&self) -> bool {
        self.channel.head() > self.through
    }

    /// Waits for news, unless they are there already. Says whether it waits.
    pub(super) fn wait(&self, waker: &Waker, hub: &Hub, epoch: Epoch) -> bool {
        self.channel
            .waiters
            .wait(self.waiter, waker, || self.has_news() || hub.epoch() != Some(epoch))
    }

    /// The number of the event behind its place that comes next; 0 where that is gone, and none where
    /// there is none up to what is committed.
    pub(super) fn next_sequence(&self, criteria: &ReadCriteria, committed: u64) -> Option<u64> {
        let ring = self.channel.ring();
        if ring.lost_through(criteria.selection) > self.through {
            let next = self.page(criteria.epoch).map(|page| page.next_sequence(self.through));
            return Some(next.unwrap_or(0));
        }
        match criteria.selection {
            LagSelection::Newest => ring.newest_sequence(&self.query(criteria, committed)),
            LagSelection::All | LagSelection::NewestPerKey => ring.next_sequence(self.through),
        }
        .filter(|sequence| (self.through + 1..=committed).contains(sequence))
    }

    /// Gets the cursor of the past that it needs next, where the log does not have it any more. The
    /// answer says up to which number even the engine may have lost events.
    pub(super) fn poll_history(
        &mut self,
        node: &Arc<Node>,
        criteria: &ReadCriteria,
        cx: &mut Context<'_>,
    ) -> Poll<u64> {
        if self.lost_through(criteria.selection) <= self.through {
            self.page = None;
            return Poll::Ready(0);
        }
        if self.page(criteria.epoch).is_none() {
            let (topic, epoch) = (&self.channel.name, criteria.epoch);
            self.page = Some(ready!(poll_page(node, topic, epoch, self.through, cx)));
        }
        Poll::Ready(self.page.as_ref().map_or(0, |page| page.evicted_through))
    }

    fn query<'a>(&self, criteria: &'a ReadCriteria, through: u64) -> Query<'a> {
        let ReadCriteria { epoch, filter, selection } = criteria;
        let (epoch, selection, filter) = (*epoch, *selection, filter.as_ref());
        Query { epoch, after: self.through, through, filter, selection }
    }

    /// The page that it has, if that goes on from its place.
    fn page(&self, epoch: Epoch) -> Option<&Arc<Page>> {
        self.page.as_ref().filter(|page| page.covers(epoch, self.through))
    }

    /// Up to which number this selection of events is gone.
    pub(super) fn lost_through(&self, selection: LagSelection) -> u64 {
        self.channel.ring().lost_through(selection)
    }

    /// Warns if the next event is gone though this place was at the head of the log shortly before.
    pub(super) fn warn_if_overrun(&self, node: &Node) {
        let (ring, now_ms) = (self.channel.ring(), node.hub.now_ms());
        let (overrun, limits) = (ring.overrun(self.through, now_ms), ring.limits);
        drop(ring);
        if let Some(overrun) = overrun {
            node.burst_warnings.warn(&self.channel.name, overrun, limits, &node.hub);
        }
    }

    /// The number behind which the last so many events are.
    pub(super) fn before_last(&self, count: usize) -> u64 {
        self.channel.ring().before_last(count)
    }

    /// Gives the place back.
    pub(super) fn leave(&self, hub: &Hub) {
        self.channel.waiters.leave(self.waiter);
        hub.unsubscribe(&self.channel);
    }
}
