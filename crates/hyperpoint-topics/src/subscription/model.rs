//! Tests subscriptions against a naive model: a list of all published events, and clients that record
//! the events they receive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyperpoint_sse::stream::{FrameSource, FrameStart, StreamKind};
use hyperpoint_sse::{Decoded, Decoder, UnsequencedEvent};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{OnLag, Subscription};
use crate::history::History;
use crate::limits::TopicLimits;
use crate::log::{Hub, NewEvent};
use crate::node::Node;
use crate::position::{Epoch, Position};

const TOPICS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Publish {
        topic: usize,
        key: Option<u8>,
        bytes: usize,
    },
    Subscribe {
        topics: Vec<usize>,
        on_lag: OnLag,
        filters: bool,
    },
    /// A client polls this number of frames.
    Take {
        client: usize,
        frames: usize,
    },
    /// A client polls until no frame is ready.
    Drain {
        client: usize,
    },
    /// A client reconnects with its last event id.
    Reconnect {
        client: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let topics = proptest::sample::subsequence(vec![0, 1, 2], 1..=TOPICS);
    let on_lag = prop_oneof![
        Just(OnLag::Gap),
        Just(OnLag::Resume),
        Just(OnLag::Latest),
        Just(OnLag::Conflate)
    ];
    prop_oneof![
        8 => (0..TOPICS, proptest::option::of(0..3_u8), prop_oneof![1..50_usize, 500..3000_usize])
            .prop_map(|(topic, key, bytes)| Step::Publish { topic, key, bytes }),
        1 => (topics, on_lag, any::<bool>())
            .prop_map(|(topics, on_lag, filters)| Step::Subscribe { topics, on_lag, filters }),
        2 => (0..4_usize, 1..4_usize).prop_map(|(client, frames)| Step::Take { client, frames }),
        2 => (0..4_usize).prop_map(|client| Step::Drain { client }),
        2 => (0..4_usize).prop_map(|client| Step::Reconnect { client }),
    ]
}

/// A published event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    topic: usize,
    key: Option<u8>,
    data: String,
}

/// A node, and the model of its topics and clients.
struct World {
    node: Arc<Node>,
    events: BTreeMap<u64, Event>,
    clients: Vec<Client>,
}

/// A client, and the events it received since it was last complete.
struct Client {
    topics: Vec<usize>,
    on_lag: OnLag,
    filters: bool,
    subscription: Subscription,
    id: String,
    /// The sequence of the last event received in this stream.
    last: u64,
    /// The sequence at which the client was last complete; `received` has later events.
    since: u64,
    received: BTreeSet<u64>,
    has_gap: bool,
    is_first: bool,
}

impl World {
    fn new(limits: TopicLimits, total_bytes: usize) -> Self {
        let hub = Hub::new(Epoch::random(), limits, total_bytes, Duration::ZERO);
        let history = History::new(total_bytes);
        let (scope, follower, burst_warnings, meter) = Default::default();
        let node = Node {
            hub,
            scope,
            max_event_bytes: 1 << 20,
            preload_events: 0,
            backplane: None,
            history,
            follower,
            burst_warnings,
            meter,
        };
        let (events, clients) = (BTreeMap::new(), Vec::new());
        Self { node: Arc::new(node), events, clients }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Publish { topic, key, bytes } => self.publish(topic, key, bytes),
            Step::Subscribe { topics, on_lag, filters } => {
                if self.clients.len() < 4 {
                    let client = self.open(topics, on_lag, filters, None);
                    self.clients.push(client);
                }
            }
            Step::Take { client, frames } => self.take(client, frames),
            Step::Drain { client } => self.drain(client),
            Step::Reconnect { client } => self.reconnect(client),
        }
    }

    fn publish(&mut self, topic: usize, key: Option<u8>, bytes: usize) {
        let data = format!("{} {}", self.events.len(), "x".repeat(bytes));
        let event =
            UnsequencedEvent::text(None, &Position::PLACEHOLDER, &data, usize::MAX).unwrap();
        let text = key.map(|key| Arc::from(key.to_string()));
        let topic_name = topic.to_string();
        let new = NewEvent {
            topic: &topic_name,
            limits: None,
            event,
            key: text,
            expires_after: None,
            once: None,
        };
        let sequence = self.node.hub.append(new).position.sequence;
        self.events.insert(sequence, Event { topic, key, data });
    }

    fn open(&self, topics: Vec<usize>, on_lag: OnLag, filters: bool, id: Option<&str>) -> Client {
        let wanted = topics.iter().map(|topic| (topic.to_string(), None)).collect();
        let mut subscription = Subscription::new(Arc::clone(&self.node), wanted);
        subscription = subscription.on_lag(on_lag);
        if filters {
            subscription = subscription.filter(|event| event.key() != Some("0"));
        }
        let (retry, kind) = (Some(Duration::from_secs(1)), StreamKind::ForEventSource);
        subscription.open(FrameStart { last_event_id: id, retry, kind });
        let mut client = Client {
            topics,
            on_lag,
            filters,
            subscription,
            id: String::new(),
            last: 0,
            since: self.node.hub.committed(),
            received: BTreeSet::new(),
            has_gap: false,
            is_first: true,
        };
        if id.is_none() {
            // Starts the subscription here rather than at a later poll.
            client.poll(&self.events);
        }
        client
    }

    fn take(&mut self, client: usize, frames: usize) {
        let Some(client) = self.clients.get_mut(client) else { return };
        for _ in 0..frames {
            if client.poll(&self.events) != Polled::Frame {
                break;
            }
        }
    }

    /// Polls until no frame is ready, and checks that every event was received or a gap was reported.
    fn drain(&mut self, index: usize) {
        let mut has_ended = false;
        while let Some(client) = self.clients.get_mut(index) {
            match client.poll(&self.events) {
                Polled::Frame => {}
                Polled::Nothing => break,
                Polled::Ended => {
                    assert!(
                        !has_ended,
                        "the stream ended again, although nothing was published since the reconnect"
                    );
                    has_ended = true;
                    self.reconnect(index);
                }
            }
        }
        let Some(client) = self.clients.get_mut(index) else { return };
        client.check(&self.events);
        client.since = self.node.hub.committed();
        client.received.clear();
        client.has_gap = false;
    }

    fn reconnect(&mut self, index: usize) {
        let Some(client) = self.clients.get(index) else { return };
        let (topics, id) = (client.topics.clone(), client.id.clone());
        let mut again = self.open(topics, client.on_lag, client.filters, Some(&id));
        let before = &mut self.clients[index];
        (again.since, again.has_gap) = (before.since, before.has_gap);
        again.received = std::mem::take(&mut before.received);
        again.id = id;
        *before = again;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Polled {
    Frame,
    Nothing,
    /// The stream ended with `reconnect`.
    Ended,
}

impl Client {
    fn poll(&mut self, events: &BTreeMap<u64, Event>) -> Polled {
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
            count += 1;
            let id = event.id.unwrap();
            let sequence = Position::parse(&id).unwrap().sequence;
            match &*event.name {
                "message" => self.take(sequence, &event.data, events),
                "ready" => assert!(self.is_first),
                "gap" => self.has_gap = true,
                name => panic!("{name}"),
            }
            (self.id, self.is_first) = (id, false);
        }
        assert_eq!(count, frame.events);
        Polled::Frame
    }

    fn take(&mut self, sequence: u64, data: &str, events: &BTreeMap<u64, Event>) {
        assert!(!self.is_first, "a stream begins with `ready` or `gap`");
        assert!(sequence > self.last, "{sequence} follows {}", self.last);
        let event = &events[&sequence];
        assert_eq!(event.data, data);
        assert!(self.wants(event), "{event:?}");
        assert!(sequence > self.since && self.received.insert(sequence), "{sequence} is repeated");
        self.last = sequence;
    }

    fn wants(&self, event: &Event) -> bool {
        self.topics.contains(&event.topic) && !(self.filters && event.key == Some(0))
    }

    /// Checks that every event since the client was last complete was received, or a gap was reported.
    fn check(&self, events: &BTreeMap<u64, Event>) {
        let wanted: BTreeMap<_, _> =
            events.range(self.since + 1..).filter(|(_, event)| self.wants(event)).collect();
        let mut missing: Vec<_> =
            wanted.keys().filter(|sequence| !self.received.contains(sequence)).collect();
        match self.on_lag {
            OnLag::Gap | OnLag::Resume => {}
            // Events before a newest event that the filter rejects may be evicted.
            OnLag::Latest => missing.retain(|sequence| {
                let topic = wanted[*sequence].topic;
                let newest = events.iter().rev().find(|(_, event)| event.topic == topic);
                newest.is_some_and(|(newest, _)| newest == **sequence)
            }),
            OnLag::Conflate => missing.retain(|sequence| {
                let event = wanted[*sequence];
                let is_later = |other: &Event| other.topic == event.topic && other.key == event.key;
                event.key.is_none()
                    || !wanted.range(**sequence + 1..).any(|(_, other)| is_later(other))
            }),
        }
        if self.has_gap {
            // A rejected event may be missing too, and the newest event of a key may have been evicted
            // before a later one replaced it. A gap is reported, because evicted events are unknown.
            let is_exact = matches!(self.on_lag, OnLag::Gap | OnLag::Resume) && !self.filters;
            let is_needless = is_exact && missing.is_empty();
            assert!(!is_needless, "a gap was reported, and no event is missing");
        } else {
            assert!(missing.is_empty(), "{missing:?} are missing, and no gap was reported");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn line_29_and_30_every_event_is_delivered_in_order_or_its_loss_is_reported(
        steps in vec(step(), 1..80),
        events in 1..12_usize,
        bytes in prop_oneof![Just(usize::MAX), 300..6000_usize],
        total_bytes in prop_oneof![Just(usize::MAX), 2000..20_000_usize],
    ) {
        let age = Duration::from_hours(1);
        let mut world = World::new(TopicLimits { events, bytes, age }, total_bytes);
        for step in steps {
            world.run(step);
        }
        for client in 0..world.clients.len() {
            world.drain(client);
        }
    }
}
