//! Tests subscriptions against a naive model: a list of all published events, and clients that
//! record the events they receive.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hyperpoint_sse::UnsequencedEvent;
use hyperpoint_sse::stream::{FrameSource, FrameStart, StreamKind};
use hyperpoint_sse::{Decoded, Decoder};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::modelled_client::{Client, Polled};
use super::modelled_events::{Event, Events};
use super::{OnLag, Subscription};
use crate::deletion::Deletion;
use crate::history::History;
use crate::limits::TopicLimits;
use crate::log::{Hub, NewEvent};
use crate::node::Node;
use crate::page_at::PageAt;
use crate::position::{Epoch, Position};

const TOPICS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Publish {
        topic: usize,
        key: Option<u8>,
        bytes: usize,
        /// The time after which the event expires, in milliseconds, or `None` if it does not
        /// expire.
        expires_ms: Option<u64>,
    },
    /// Deletes the event that is this number of events before the newest one.
    Delete {
        back: usize,
    },
    Purge {
        topic: usize,
    },
    /// Time passes, in milliseconds.
    Wait {
        ms: u64,
    },
    /// The log begins a generation this number of sequences before its end.
    BeginGeneration {
        back: u64,
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
    let publish = {
        let bytes = prop_oneof![1..50_usize, 500..3000_usize];
        let expires_ms = prop_oneof![3 => Just(None), 1 => (0..3_000_u64).prop_map(Some)];
        (0..TOPICS, option::of(0..3_u8), bytes, expires_ms).prop_map(
            |(topic, key, bytes, expires_ms)| Step::Publish { topic, key, bytes, expires_ms },
        )
    };
    let subscribe = {
        let on_lag = select(vec![OnLag::Gap, OnLag::Resume, OnLag::Latest, OnLag::Conflate]);
        (subsequence(vec![0, 1, 2], 1..=TOPICS), on_lag, any::<bool>())
            .prop_map(|(topics, on_lag, filters)| Step::Subscribe { topics, on_lag, filters })
    };
    // The longest wait exceeds the maximum age of an event.
    let ms = prop_oneof![4 => 1..2_000_u64, 1 => Just(2 * 60 * 60 * 1000)];
    prop_oneof![
        16 => publish,
        3 => (0..12_usize).prop_map(|back| Step::Delete { back }),
        1 => (0..TOPICS).prop_map(|topic| Step::Purge { topic }),
        2 => ms.prop_map(|ms| Step::Wait { ms }),
        1 => (0..9_u64).prop_map(|back| Step::BeginGeneration { back }),
        2 => subscribe,
        4 => (0..4_usize, 1..4_usize).prop_map(|(client, frames)| Step::Take { client, frames }),
        4 => (0..4_usize).prop_map(|client| Step::Drain { client }),
        4 => (0..4_usize).prop_map(|client| Step::Reconnect { client }),
    ]
}

/// A node, and the model of its topics and clients.
struct World {
    node: Arc<Node>,
    events: Events,
    published: usize,
    clients: Vec<Client>,
}

impl World {
    fn new(limits: TopicLimits, total_bytes: usize) -> Self {
        let hub = Hub::new(Epoch::random(), limits, total_bytes, Duration::ZERO);
        let (history, keys) =
            (History::new(total_bytes, |topic| topic), History::new(total_bytes, |topic| topic));
        let (scope, follower, counting, burst_warnings, meter) = Default::default();
        let node = Node {
            hub,
            scope,
            max_event_bytes: 1 << 20,
            preload_events: 0,
            backplane: None,
            history,
            keys,
            keeps_no_keys: AtomicBool::new(true),
            follower,
            counting,
            burst_warnings,
            meter,
        };
        let (node, events, clients) = (Arc::new(node), Events::default(), Vec::new());
        Self { node, events, published: 0, clients }
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Publish { topic, key, bytes, expires_ms } => {
                self.publish(topic, key, bytes, expires_ms.map(Duration::from_millis));
            }
            Step::Delete { back } => self.delete(back),
            Step::Purge { topic } => self.purge(topic),
            Step::Wait { ms } => tokio::time::advance(Duration::from_millis(ms)).await,
            Step::BeginGeneration { back } => self.begin_generation(back),
            Step::Subscribe { topics, on_lag, filters } => {
                if self.clients.len() < 4 {
                    let client = self.open((topics, on_lag, filters), None);
                    self.clients.push(client);
                }
            }
            Step::Take { client, frames } => self.take(client, frames),
            Step::Drain { client } => self.drain(client),
            Step::Reconnect { client } => self.reconnect(client),
        }
        self.events.note_evictions(&self.node.hub);
    }

    fn publish(&mut self, topic: usize, key: Option<u8>, bytes: usize, after: Option<Duration>) {
        self.published += 1;
        let data = format!("{} {}", self.published, "x".repeat(bytes));
        let event =
            UnsequencedEvent::text(None, &Position::PLACEHOLDER, &data, usize::MAX).unwrap();
        let (text, topic_name) = (key.map(|key| Arc::from(key.to_string())), topic.to_string());
        let new = NewEvent {
            topic: &topic_name,
            limits: None,
            event,
            key: text,
            expires_after: after,
            once: None,
        };
        let sequence = self.node.hub.append(new).position.sequence;
        self.events.insert(sequence, Event::new(topic, key, data, after));
    }

    fn delete(&mut self, back: usize) {
        let Some(sequence) = self.events.before_newest(back) else { return };
        let (topic, which) = (self.events.get(sequence).topic, Deletion::Event(sequence));
        let other = (topic + 1) % TOPICS;
        assert_eq!(self.node.delete(&other.to_string(), which), 0, "the event is of another topic");
        let expected = self.events.delete(topic, which);
        assert_eq!(self.node.delete(&topic.to_string(), which), expected);
    }

    fn purge(&mut self, topic: usize) {
        let which = Deletion::Through(u64::MAX);
        let expected = self.events.delete(topic, which);
        assert_eq!(self.node.delete(&topic.to_string(), which), expected);
    }

    fn begin_generation(&mut self, back: u64) {
        let sequence = self.node.hub.committed().saturating_sub(back);
        self.node.hub.start(Position { epoch: Epoch::random(), sequence });
        self.events = Events::default();
        self.clients.iter_mut().for_each(|client| client.begin_generation(sequence));
    }

    fn open(&mut self, client: (Vec<usize>, OnLag, bool), id: Option<&str>) -> Client {
        let (topics, on_lag, filters) = &client;
        let wanted = topics.iter().map(|topic| (topic.to_string(), None)).collect();
        let mut subscription = Subscription::new(Arc::clone(&self.node), wanted).on_lag(*on_lag);
        if *filters {
            subscription = subscription.filter(|event| event.key() != Some("0"));
        }
        let (retry, kind) = (Some(Duration::from_secs(1)), StreamKind::ForEventSource);
        subscription.open(FrameStart { last_event_id: id, retry, kind });
        let mut client = Client::new(client, subscription, self.node.hub.committed());
        if id.is_none() {
            // Starts the subscription here rather than at a later poll.
            client.poll(&self.node.hub, &mut self.events);
        }
        client
    }

    fn take(&mut self, client: usize, frames: usize) {
        let Some(client) = self.clients.get_mut(client) else { return };
        for _ in 0..frames {
            if client.poll(&self.node.hub, &mut self.events) != Polled::Frame {
                break;
            }
        }
    }

    /// Polls until no frame is ready, and checks that every event was received or a gap was
    /// reported.
    fn drain(&mut self, index: usize) {
        let mut has_ended = false;
        while let Some(client) = self.clients.get_mut(index) {
            match client.poll(&self.node.hub, &mut self.events) {
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
        client.complete(&self.events, self.node.hub.committed());
    }

    fn reconnect(&mut self, index: usize) {
        let Some(client) = self.clients.get(index) else { return };
        let (topics, id) = (client.topics.clone(), client.id.clone());
        let again = self.open((topics, client.on_lag, client.filters), Some(&id));
        self.clients[index].reconnect(again);
    }

    /// Checks that a page of the whole topic has exactly the events that the model keeps.
    fn check_page(&mut self, topic: usize) {
        self.events.note_evictions(&self.node.hub);
        let limits = (usize::MAX, usize::MAX);
        let kept = self.node.hub.kept(&topic.to_string(), PageAt::After(0), limits).unwrap();
        let mut decoder = Decoder::new();
        kept.events.iter().for_each(|event| decoder.push(event).unwrap());
        let read = std::iter::from_fn(|| decoder.pop()).map(|decoded| match decoded {
            Decoded::Event(event) => event.data,
            other => panic!("{other:?}"),
        });
        let of = self.events.after(0).filter(|(_, event)| event.topic == topic);
        let expected = of.filter(|(_, event)| !event.is_lost && !event.is_gone());
        assert_eq!(
            read.collect::<Vec<_>>(),
            expected.map(|(_, event)| &*event.data).collect::<Vec<_>>()
        );
    }
}

proptest! {
    #[test]
    fn line_29_and_30_every_event_is_delivered_in_order_or_its_loss_is_reported(
        steps in vec(step(), 1..100),
        events in 1..12_usize,
        bytes in prop_oneof![Just(usize::MAX), 300..6000_usize],
        total_bytes in prop_oneof![Just(usize::MAX), 2000..20_000_usize],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let age = Duration::from_hours(1);
            let mut world = World::new(TopicLimits { events, bytes, age }, total_bytes);
            for step in steps {
                world.run(step).await;
            }
            (0..TOPICS).for_each(|topic| world.check_page(topic));
            (0..world.clients.len()).for_each(|client| world.drain(client));
        });
    }
}
