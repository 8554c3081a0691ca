//! Owns the place of one subscriber in one topic.

use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;

use crate::follow::poll_page;
use crate::history::Page;
use crate::log::{Channel, Choice, Filter, Hub, Query, Read, Seat};
use crate::node::Node;
use crate::position::Epoch;

/// The place of one subscriber in one topic.
#[derive(Debug)]
pub(super) struct Part {
    channel: Arc<Channel>,
    seat: Seat,
    /// It was sent every event of the topic up to this number, or told that it is not.
    pub(super) through: u64,
    /// A part of the past that the log does not have any more, of which it is given what it needs.
    page: Option<Arc<Page>>,
}

/// What a subscriber wants of its topics.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Wants {
    pub(super) epoch: Epoch,
    pub(super) filter: Option<Filter>,
    pub(super) choice: Choice,
}

impl Wants {
    /// Whether every event is wanted.
    pub(super) fn is_all(&self) -> bool {
        self.filter.is_none() && self.choice == Choice::All
    }
}

impl Part {
    pub(super) fn new(channel: Arc<Channel>) -> Self {
        let seat = channel.waiters.join();
        Self { channel, seat, through: 0, page: None }
    }

    /// The last event, if that is all that is behind its place. It goes on behind it.
    #[inline]
    pub(super) fn read_last_alone(&mut self, epoch: Epoch) -> Option<Bytes> {
        let (bytes, sequence) = self.channel.last_alone(epoch, self.through)?;
        self.through = sequence;
        Some(bytes)
    }

    /// What is there behind its place, up to this number. It goes on behind what it is given.
    pub(super) fn read(&mut self, wants: &Wants, through: u64) -> Read {
        let query = self.query(wants, through);
        let mut read = self.channel.read(&query);
        if let (Read::Lost, Some(page)) = (&read, self.page(wants.epoch)) {
            read = page.read(&query);
        }
        if let Read::Run { last, .. } | Read::Passed(last) = &read {
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
            .wait(self.seat, waker, || self.has_news() || hub.epoch() != Some(epoch))
    }

    /// The number of the event behind its place that comes next; 0 where that is gone, and none where
    /// there is none up to what is committed.
    pub(super) fn next_sequence(&self, wants: &Wants, committed: u64) -> Option<u64> {
        let ring = self.channel.ring();
        if ring.lost_through(wants.choice) > self.through {
            let next = self.page(wants.epoch).map(|page| page.next_sequence(self.through));
            return Some(next.unwrap_or(0));
        }
        match wants.choice {
            Choice::Newest => ring.newest_sequence(&self.query(wants, committed)),
            Choice::All | Choice::Current => ring.next_sequence(self.through),
        }
        .filter(|sequence| (self.through + 1..=committed).contains(sequence))
    }

    /// Gets the part of the past that it needs next, where the log does not have it any more. The
    /// answer says up to which number even the engine may have lost events.
    pub(super) fn poll_past(
        &mut self,
        node: &Arc<Node>,
        wants: &Wants,
        cx: &mut Context<'_>,
    ) -> Poll<u64> {
        if self.lost_through(wants.choice) <= self.through {
            self.page = None;
            return Poll::Ready(0);
        }
        if self.page(wants.epoch).is_none() {
            let (topic, epoch) = (&self.channel.name, wants.epoch);
            self.page = Some(ready!(poll_page(node, topic, epoch, self.through, cx)));
        }
        Poll::Ready(self.page.as_ref().map_or(0, |page| page.evicted_through))
    }

    fn query<'a>(&self, wants: &'a Wants, through: u64) -> Query<'a> {
        let Wants { epoch, filter, choice } = wants;
        let (epoch, choice, filter) = (*epoch, *choice, filter.as_ref());
        Query { epoch, after: self.through, through, filter, choice }
    }

    /// The page that it has, if that goes on from its place.
    fn page(&self, epoch: Epoch) -> Option<&Arc<Page>> {
        self.page.as_ref().filter(|page| page.covers(epoch, self.through))
    }

    /// Up to which number this choice of events is gone.
    pub(super) fn lost_through(&self, choice: Choice) -> u64 {
        self.channel.ring().lost_through(choice)
    }

    /// Warns if the next event is gone though this place was at the head of the log shortly before.
    pub(super) fn warn_if_outrun(&self, node: &Node) {
        let (ring, now_ms) = (self.channel.ring(), node.hub.now_ms());
        let (outrun, limits) = (ring.outrun(self.through, now_ms), ring.limits);
        drop(ring);
        if let Some(outrun) = outrun {
            node.outruns.warn(&self.channel.name, outrun, limits, &node.hub);
        }
    }

    /// The number behind which the last so many events are.
    pub(super) fn before_last(&self, count: usize) -> u64 {
        self.channel.ring().before_last(count)
    }

    /// Gives the place back.
    pub(super) fn leave(&self, hub: &Hub) {
        self.channel.waiters.leave(self.seat);
        hub.unsubscribe(&self.channel);
    }
}
