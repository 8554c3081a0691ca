//! Nodes that share a stream, and what their clients read.

use std::net::SocketAddr;
use std::time::Duration;

use hyperpoint::nats::{JetStream, JetStreamOptions};
use hyperpoint::prelude::*;
use hyperpoint::{Running, TopicLimits};
use hyperpoint_testing::{Client, Event, EventReader};
use tokio::time::{Instant, sleep};

/// The topic of the tests.
pub(super) const NUMBERS: TopicName<u32> = TopicName::new("numbers").event("number");
/// How long a publisher waits for an absent server.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How long a publisher waits if the server stays up, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);
const DEADLINE: Duration = Duration::from_secs(30);

/// Streams the topic.
#[derive(Endpoint)]
pub(super) struct Numbers {
    topics: Arc<Topics>,
}

impl Endpoint for Numbers {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/s");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.topic_async(&self.topics.topic(NUMBERS)).await
    }
}

async fn host(url: &str, timeout: Duration, limits: TopicLimits) -> (Host, Topic<u32>) {
    host_of(url, JetStreamOptions::default().timeout(timeout), limits).await
}

async fn host_of(url: &str, options: JetStreamOptions, limits: TopicLimits) -> (Host, Topic<u32>) {
    let engine = JetStream::connect_with(url, options).await.unwrap();
    let topics = Topics::with_backplane(engine, |options| options.limits = limits);
    let topic = topics.topic(NUMBERS);
    (Host::empty().endpoint::<Numbers>().service(Arc::new(topics)), topic)
}

/// Starts one node on a port.
pub(super) struct Listening {
    pub(super) topic: Topic<u32>,
    pub(super) address: SocketAddr,
    _host: Running,
}

impl Listening {
    /// Starts one node that keeps this many events itself.
    pub(super) async fn with(url: &str, limits: TopicLimits) -> Self {
        Self::of(host(url, PATIENCE, limits).await).await
    }

    /// Starts one node whose publishers wait only briefly for an absent server.
    pub(super) async fn with_short_timeout(url: &str) -> Self {
        Self::of(host(url, TIMEOUT, TopicLimits::DEFAULT).await).await
    }

    async fn of((host, topic): (Host, Topic<u32>)) -> Self {
        let host = host.bind("127.0.0.1:0").start().await.unwrap();
        Self { topic, address: host.address(), _host: host }
    }
}

/// One node: its own topics on the shared stream, and clients of it in memory.
pub(super) struct Node {
    pub(super) topic: Topic<u32>,
    client: Client,
}

impl Node {
    pub(super) async fn of(url: &str) -> Self {
        Self::with(url, TopicLimits::DEFAULT).await
    }

    /// Creates a node that keeps this many events itself.
    pub(super) async fn with(url: &str, limits: TopicLimits) -> Self {
        let (host, topic) = host(url, TIMEOUT, limits).await;
        Self { topic, client: Client::new(host.build().unwrap()) }
    }

    /// Creates a node on a stream of this size, of which it keeps this many events itself.
    pub(super) async fn of_small(url: &str, bytes: u64, limits: TopicLimits) -> Self {
        let options = JetStreamOptions::default().timeout(PATIENCE).max_bytes(bytes);
        let (host, topic) = host_of(url, options, limits).await;
        Self { topic, client: Client::new(host.build().unwrap()) }
    }

    /// Connects a client, and returns its stream before the first event.
    pub(super) async fn connect(&self, id: Option<&str>) -> EventReader {
        let request = self.client.events("/s");
        match id {
            Some(id) => request.last_event_id(id).await.unwrap(),
            None => request.await.unwrap(),
        }
    }

    /// Connects a client and reads the first event, which has this name.
    pub(super) async fn open(&self, id: Option<&str>, name: &str) -> (EventReader, Event) {
        let mut request = self.client.events("/s");
        if let Some(id) = id {
            request = request.last_event_id(id);
        }
        let mut events = request.await.unwrap();
        let first = events.next().await.unwrap();
        assert_eq!(first.name, name, "{}", first.data);
        (events, first)
    }

    pub(super) async fn publish(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.topic.publish(&number).await.unwrap();
        }
    }

    /// Publishes a number once, as soon as the server is available again.
    pub(super) async fn publish_when_back(&self, number: u32) {
        let end = Instant::now() + DEADLINE;
        while let Err(error) = self.topic.publish(&number).once(number.to_string()).await {
            assert!(error.is_unavailable(), "{error}");
            assert!(Instant::now() < end, "the server is back: {error}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Reads events with these data, and returns the id of the last.
pub(super) async fn read(
    events: &mut EventReader,
    expected: impl IntoIterator<Item = u32>,
) -> String {
    for number in expected {
        let event = events.next().await.unwrap();
        assert_eq!((&*event.name, event.data), ("number", number.to_string()));
    }
    events.last_event_id().to_owned()
}
