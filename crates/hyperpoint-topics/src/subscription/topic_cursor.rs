//! [`TopicCursor`], the position of one subscriber in one topic.

use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use hyperpoint_sse::stream::Parking;

use crate::event_writers::join;
use crate::follow::poll_page;
use crate::history::CountedPage;
use crate::key_pages::KeysThrough;
use crate::log::{Channel, Filter, Hub, LagSelection, Place, Query, Read, WaiterId};
use crate::node::Node;
use crate::position::Epoch;
use crate::seats::Seat;

/// The position of one subscriber in one topic.
#[derive(Debug)]
pub(super) struct TopicCursor {
    pub(super) channel: Arc<Channel>,
    waiter: WaiterId,
    /// Every event of the topic up to this sequence was sent, skipped by the criteria, or reported
    /// as missing.
    pub(super) through: u64,
    /// The state of reading events from the backplane, or `None` while the subscriber does not need
    /// the backplane.
    pub(super) past: Option<Box<PastReading>>,
}

/// The state of reading events from the backplane.
#[derive(Debug, Default)]
pub(super) struct PastReading {
    pub(super) page: Option<Arc<CountedPage>>,
    /// The list of the newest events of keys, until the subscriber has passed it. `page` is then a
    /// page of this list.
    pub(super) keys: Option<KeysThrough>,
    /// The registration with which the subscriber waits for the next page.
    pub(super) seat: Arc<Seat>,
}

/// The criteria by which a subscriber reads its topics.
#[derive(Clone)]
#[repr(C)]
pub(super) struct ReadCriteria {
    pub(super) epoch: Epoch,
    pub(super) filter: Option<Filter>,
    pub(super) selection: LagSelection,
}

impl ReadCriteria {
    /// Returns whether the criteria select every event.
    pub(super) fn is_all(&self) -> bool {
        self.filter.is_none() && self.selection == LagSelection::All
    }
}

impl TopicCursor {
    pub(super) fn new(channel: Arc<Channel>) -> Self {
        let waiter = channel.waiters.join();
        Self { channel, waiter, through: 0, past: None }
    }

    /// Returns the last event, if it is the only one after this position, and moves past it.
    #[inline]
    pub(super) fn read_last_alone(&mut self, epoch: Epoch) -> Option<Bytes> {
        let (bytes, sequence) = self.channel.last_alone(epoch, self.through)?;
        self.through = sequence;
        Some(bytes)
    }

    /// Reads the next events after this position, up to this sequence, and moves past them.
    pub(super) fn read(&mut self, criteria: &ReadCriteria, through: u64) -> Read {
        let query = self.query(criteria, through);
        let read = match self.keys() {
            Some(keys) => self.read_keys(&Query { through: through.min(keys.through), ..query }),
            None => match self.channel.read(&query) {
                Read::Lost => {
                    self.page(criteria.epoch).map_or(Read::Lost, |page| page.read(&query))
                }
                read => {
                    self.past = None;
                    read
                }
            },
        };
        self.advance(read)
    }

    /// Reads the next events of a subscriber of several topics. Like
    /// [`next_sequence`](Self::next_sequence), prefers a page that is ahead of the log of this
    /// node.
    pub(super) fn read_in_order(
        &mut self,
        criteria: &ReadCriteria,
        (through, committed): (u64, u64),
    ) -> Read {
        match self.page(criteria.epoch).filter(|page| page.through > committed) {
            Some(page) if !self.is_at_keys() => {
                let read = page.read(&self.query(criteria, through));
                self.advance(read)
            }
            _ => self.read(criteria, through),
        }
    }

    /// Moves past the events that were read.
    fn advance(&mut self, read: Read) -> Read {
        if let Read::Run { last, .. } | Read::Skipped(last) = &read {
            self.through = *last;
            self.drop_passed();
        }
        read
    }

    /// Moves forward to this sequence. Does nothing if this position is at or after it.
    pub(super) fn pass(&mut self, sequence: u64) {
        self.through = self.through.max(sequence);
        self.drop_passed();
    }

    /// Drops the page if it has no event after this position. If the list of the newest events of
    /// keys has no further event, drops the list, and moves to the sequence at which it ends.
    #[inline]
    pub(super) fn drop_passed(&mut self) {
        let Some(past) = &mut self.past else { return };
        past.page.take_if(|page| page.through <= self.through);
        if let Some(keys) = past.keys.take_if(|keys| keys.last <= self.through) {
            self.through = self.through.max(keys.through);
            self.past = None;
        }
    }

    /// Returns whether there may be an event after this position.
    pub(super) fn has_news(&self) -> bool {
        self.channel.head() > self.through || self.is_at_keys()
    }

    /// Registers the waker for the next event, unless there is one already or the epoch has
    /// changed. Returns whether the waker was registered.
    pub(super) fn wait(&self, waker: &Waker, hub: &Hub, epoch: Epoch) -> bool {
        self.channel
            .waiters
            .wait(self.waiter, waker, || self.has_news() || hub.epoch() != Some(epoch))
    }

    /// Parks the stream of a subscriber with a single topic, if the topic has a writer. If there is
    /// a new event, wakes the task instead. The task of a parked stream no longer waits for events.
    pub(super) fn park(
        &self,
        node: &Arc<Node>,
        epoch: Epoch,
        place: &mut Option<Place>,
        parking: &Parking<'_>,
    ) {
        if !join((node, &self.channel), epoch, place, parking) {
            return;
        }
        // A writer that passed the stream before it was parked does not return for the same event,
        // so the task must read that event.
        let is_parked = parking.outlet.park(self.through, parking);
        if !is_parked || self.has_news() || node.hub.epoch() != Some(epoch) {
            parking.waker.wake_by_ref();
            return;
        }
        self.channel.waiters.stop(self.waiter);
    }

    /// Returns the sequence of the next event after this position, if it is known, and the sequence
    /// up to which every event of the topic is known. The next event may be after the latter. Every
    /// event up to `committed` is in the ring.
    ///
    /// Moves past a page that has no further event. Returns 0 as the next sequence if the next
    /// event is lost, if a page of the newest events of keys must be read first, or if the log is
    /// in another epoch.
    pub(super) fn next_sequence(
        &mut self,
        criteria: &ReadCriteria,
        committed: u64,
    ) -> (Option<u64>, u64) {
        let ring = self.channel.ring();
        if ring.epoch != criteria.epoch {
            return (Some(0), committed);
        }
        if let Some(end) = self.keys().map(|keys| keys.through) {
            let Some(page) = self.page(criteria.epoch) else { return (Some(0), committed) };
            if let Some(next) = page.next_sequence(&self.query(criteria, end)) {
                return (Some(next), committed);
            }
            let through = page.through.min(end);
            drop(ring);
            self.pass(through);
            return match self.is_at_keys() {
                true => (Some(0), committed),
                false => self.next_sequence(criteria, committed),
            };
        }
        let is_lost = ring.lost_through(criteria.selection) > self.through;
        if let Some(page) =
            self.page(criteria.epoch).filter(|page| is_lost || page.through > committed)
        {
            if let Some(next) = page.next_sequence(&self.query(criteria, u64::MAX)) {
                return (Some(next), page.through.max(committed));
            }
            self.through = self.through.max(page.through);
        }
        if ring.lost_through(criteria.selection) > self.through {
            return (Some(0), committed);
        }
        let known_through = committed.max(ring.known_through()).max(self.through);
        let next = match criteria.selection {
            LagSelection::Newest => ring.newest_sequence(&self.query(criteria, known_through)),
            LagSelection::All | LagSelection::NewestPerKey => ring.next_sequence(self.through),
        };
        drop(ring);
        self.past = None;
        (next.filter(|sequence| *sequence > self.through), known_through)
    }

    /// Reads the next page of events from the backplane, if the log of this node has evicted the
    /// next event. Returns the sequence up to which the backplane may have lost events too, or 0 if
    /// the log of this node has the next event.
    pub(super) fn poll_history(
        &mut self,
        node: &Arc<Node>,
        criteria: &ReadCriteria,
        cx: &mut Context<'_>,
    ) -> Poll<u64> {
        if self.is_at_keys() {
            return self.poll_keys(node, criteria.epoch, cx);
        }
        let ring = self.channel.ring();
        let (lost_through, unreadable_through) =
            (ring.lost_through(criteria.selection), ring.unreadable_through());
        drop(ring);
        if lost_through <= self.through {
            self.past = None;
            return Poll::Ready(0);
        }
        let epoch = criteria.epoch;
        // The page is still valid if the backplane has evicted its events meanwhile.
        if let Some(page) = self.covering_page(epoch) {
            return Poll::Ready(page.evicted_through);
        }
        if unreadable_through > self.through {
            return Poll::Ready(unreadable_through);
        }
        let past = self.past.get_or_insert_default();
        // Drops the page before the wait, because its memory counts towards the limit on all pages,
        // and other subscribers may wait for free capacity.
        past.page = None;
        let (topic, waiting) = (&self.channel.name, (&past.seat, cx));
        let page = ready!(poll_page(node, topic, epoch, self.through, waiting));
        let page = past.page.insert(page);
        Poll::Ready(page.evicted_through)
    }

    fn query<'a>(&self, criteria: &'a ReadCriteria, through: u64) -> Query<'a> {
        let ReadCriteria { epoch, filter, selection } = criteria;
        let (epoch, selection, filter) = (*epoch, *selection, filter.as_ref());
        let clock = self.channel.clock;
        Query { epoch, after: self.through, through, filter, selection, clock }
    }

    /// Returns the current page, if it covers this position and no event just after the position
    /// may be lost.
    pub(super) fn page(&self, epoch: Epoch) -> Option<&Arc<CountedPage>> {
        self.covering_page(epoch).filter(|page| page.evicted_through <= self.through)
    }

    /// Returns the current page, if it covers this position. Events just after it may be lost.
    pub(super) fn covering_page(&self, epoch: Epoch) -> Option<&Arc<CountedPage>> {
        let page = self.past.as_ref()?.page.as_ref();
        page.filter(|page| page.covers(epoch, self.through))
    }

    /// Returns the sequence at which a gap ends. While the subscriber reads from the backplane,
    /// that is the sequence of the last event that the backplane has lost; otherwise, that of the
    /// last event that the log of this node has evicted.
    pub(super) fn gap_end(&self, criteria: &ReadCriteria, is_catching_up: bool) -> u64 {
        let page = self.covering_page(criteria.epoch);
        let page_lost_through = page.map_or(0, |page| page.evicted_through);
        if let Some(keys) = self.keys() {
            return page_lost_through.min(keys.through).max(self.through);
        }
        let ring = self.channel.ring();
        let lost_through = ring.lost_through(criteria.selection);
        if !is_catching_up {
            return lost_through;
        }
        page_lost_through.max(ring.unreadable_through()).min(lost_through)
    }

    /// Returns the sequence up to which events of this selection are lost from the log of this
    /// node.
    pub(super) fn lost_through(&self, selection: LagSelection) -> u64 {
        self.channel.ring().lost_through(selection)
    }

    /// Logs a warning if the next event is evicted although this position was at the head of the
    /// log shortly before.
    pub(super) fn warn_if_overrun(&self, node: &Node) {
        let (ring, now_ms) = (self.channel.ring(), node.hub.now_ms());
        let (overrun, limits) = (ring.overrun(self.through, now_ms), ring.limits);
        drop(ring);
        if let Some(overrun) = overrun {
            node.burst_warnings.warn(&self.channel.name, overrun, limits, &node.hub);
        }
    }

    /// Returns the sequence just before the last `count` events that are kept, or `None` if no
    /// event is kept.
    pub(super) fn before_last(&self, count: usize) -> Option<u64> {
        self.channel.ring().before_last(count)
    }

    /// Moves past the sequences up to `committed` that belong to no event of the topic. Does
    /// nothing if the next event is lost, or if events of keys are sent next.
    pub(super) fn pass_empty(&mut self, selection: LagSelection, committed: u64) {
        let ring = self.channel.ring();
        if ring.lost_through(selection) <= self.through && !self.is_at_keys() {
            let next = ring.next_sequence(self.through);
            let before = next.map_or(committed, |next| committed.min(next - 1));
            drop(ring);
            self.through = self.through.max(before);
        }
    }

    /// Unsubscribes from the topic.
    pub(super) fn leave(&self, hub: &Hub) {
        self.channel.waiters.leave(self.waiter);
        hub.unsubscribe(&self.channel);
    }
}
