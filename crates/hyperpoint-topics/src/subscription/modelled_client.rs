//! A client of the naive model, which records the events that it receives.

use std::collections::BTreeSet;
use std::task::{Context, Poll, Waker};

use hyperpoint_sse::stream::FrameSource;
use hyperpoint_sse::{self as sse, Decoded, Decoder};

use super::modelled_events::{Event, Events};
use super::{OnLag, Subscription};
use crate::log::Hub;
use crate::position::Position;

/// A client, and the events that it has received since the last check for completeness.
pub(super) struct Client {
    pub(super) topics: Vec<usize>,
    pub(super) on_lag: OnLag,
    pub(super) filters: bool,
    pub(super) subscription: Subscription,
    pub(super) id: String,
    /// The sequence of the last event received in this stream.
    last: u64,
    seen: Seen,
    is_first: bool,
}

/// The events that a client has received, over all its streams.
#[derive(Debug, Default)]
struct Seen {
    /// The sequence of the last check for completeness; `received` has only later events.
    since: u64,
    received: BTreeSet<u64>,
    has_gap: bool,
    /// Whether a generation has begun that was not reported to the client yet.
    is_in_another_generation: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Polled {
    Frame,
    Nothing,
    /// The stream ended with `reconnect`.
    Ended,
}

impl Client {
    pub(super) fn new(
        (topics, on_lag, filters): (Vec<usize>, OnLag, bool),
        subscription: Subscription,
        since: u64,
    ) -> Self {
        let seen = Seen { since, ..Seen::default() };
        let (id, last, is_first) = (String::new(), 0, true);
        Self { topics, on_lag, filters, subscription, id, last, seen, is_first }
    }

    /// Replaces the stream with the new stream of `again`, and keeps the last event id and the
    /// received events.
    pub(super) fn reconnect(&mut self, again: Self) {
        let (id, seen) = (std::mem::take(&mut self.id), std::mem::take(&mut self.seen));
        *self = Self { id, seen, ..again };
    }

    /// Records that a generation of the log begins after this sequence, without earlier events.
    pub(super) fn begin_generation(&mut self, sequence: u64) {
        self.last = 0;
        let is_in_another_generation = true;
        self.seen = Seen { since: sequence, is_in_another_generation, ..Seen::default() };
    }

    pub(super) fn poll(&mut self, hub: &Hub, events: &mut Events) -> Polled {
        events.note_evictions(hub);
        let mut cx = Context::from_waker(Waker::noop());
        let frame = match self.subscription.poll_frame(&mut cx) {
            Poll::Pending => return Polled::Nothing,
            Poll::Ready(Err(_)) => return Polled::Ended,
            Poll::Ready(Ok(frame)) => frame,
        };
        let mut decoder = Decoder::new();
        decoder.push(&frame.bytes).unwrap();
        let mut count = 0;
        while let Some(Decoded::Event(event)) = decoder.pop() {
            count += u32::from(event.name == "message");
            self.take(&event, events);
            (self.id, self.is_first) = (event.id.unwrap(), false);
        }
        assert_eq!(count, frame.events);
        Polled::Frame
    }

    fn take(&mut self, event: &sse::Event, events: &Events) {
        let sequence = Position::parse(event.id.as_deref().unwrap()).unwrap().sequence;
        match &*event.name {
            "message" => self.take_event(sequence, &event.data, events),
            "ready" => assert!(self.is_first && !self.seen.is_in_another_generation),
            "gap" => self.take_gap(&event.data, events),
            name => panic!("{name}"),
        }
    }

    fn take_event(&mut self, sequence: u64, data: &str, events: &Events) {
        assert!(!self.is_first, "a stream begins with `ready` or `gap`");
        assert!(!self.seen.is_in_another_generation, "another generation begins with a `gap`");
        assert!(sequence > self.last, "{sequence} follows {}", self.last);
        let event = events.get(sequence);
        assert_eq!(event.data, data);
        assert!(self.wants(event) && !event.is_gone(), "{event:?}");
        let is_new = sequence > self.seen.since && self.seen.received.insert(sequence);
        assert!(is_new, "{sequence} is repeated");
        self.last = sequence;
    }

    fn take_gap(&mut self, data: &str, events: &Events) {
        let is_told = data.contains(r#""reason":"epoch""#);
        let is_new_generation = std::mem::take(&mut self.seen.is_in_another_generation);
        assert_eq!(is_told, is_new_generation, "{data}");
        // With a filter or another policy, a gap may be reported although no event is missing: an
        // evicted event may be one that the filter rejects, or one that a later event of its key
        // has replaced.
        let is_exact = matches!(self.on_lag, OnLag::Gap | OnLag::Resume) && !self.filters;
        let after = Position::parse(&self.id).map_or(0, |position| position.sequence);
        let mut lost = events.after(after).filter(|(_, event)| event.is_lost && self.wants(event));
        let is_needless = is_exact && !is_told && lost.next().is_none();
        assert!(!is_needless, "a gap was reported, and no event is missing after {after}: {data}");
        self.seen.has_gap = true;
    }

    fn wants(&self, event: &Event) -> bool {
        self.topics.contains(&event.topic) && !(self.filters && event.key == Some(0))
    }

    /// Checks that the client has received every event since the last check, or that a gap was
    /// reported. The next check begins after this sequence.
    pub(super) fn complete(&mut self, events: &Events, sequence: u64) {
        assert!(!self.seen.is_in_another_generation, "another generation was not reported");
        let missing = events.after(self.seen.since).filter(|(sequence, event)| {
            self.wants(event)
                && !self.seen.received.contains(sequence)
                && (event.is_lost || !event.is_gone())
                && !self.may_be_skipped(*sequence, event, events)
        });
        let (lost, kept): (Vec<_>, Vec<_>) = missing.partition(|(_, event)| event.is_lost);
        assert!(kept.is_empty(), "{kept:?} are missing");
        assert!(self.seen.has_gap || lost.is_empty(), "{lost:?} are lost, and no gap was reported");
        (self.seen.since, self.seen.has_gap) = (sequence, false);
        self.seen.received.clear();
    }

    /// Returns whether the policy of the client skips an event for a later one.
    fn may_be_skipped(&self, sequence: u64, event: &Event, events: &Events) -> bool {
        let mut later = events.after(sequence).filter(|(_, later)| later.topic == event.topic);
        match self.on_lag {
            OnLag::Gap | OnLag::Resume => false,
            // If the newest event is gone, or the filter rejects it, the events before it may be
            // evicted, or skipped because an event of another topic was sent in the meantime.
            OnLag::Latest => later.next().is_some(),
            // If the newest event of a key is gone, the key has no event.
            OnLag::Conflate => {
                event.key.is_some() && later.any(|(_, later)| later.key == event.key)
            }
        }
    }
}
