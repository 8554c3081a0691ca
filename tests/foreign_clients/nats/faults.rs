//! Clients while nodes and servers fail.

use std::collections::BTreeMap;
use std::time::Duration;

use hyperpoint::TopicLimits;
use hyperpoint::nats::{JetStream, async_nats};
use hyperpoint::topics::Position;
use hyperpoint::topics::backplane::{Backplane, Draft};
use hyperpoint_testing::EventReader;
use tokio::time::Instant;

use super::broker::Broker;
use super::nodes::{Node, read};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_resumes_at_another_node_with_its_id() {
    let broker = Broker::start().await;
    let (one, other) = (Node::of(&broker.url()).await, Node::of(&broker.url()).await);
    let (mut events, _) = one.open(None, "ready").await;
    one.publish(0..5).await;
    other.publish(5..10).await;
    let id = read(&mut events, 0..10).await;
    drop((events, one));
    other.publish(10..20).await;
    let (mut events, ready) = other.open(Some(&id), "ready").await;
    assert_eq!(ready.id, Some(id));
    read(&mut events, 10..20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_costs_no_event_and_no_connection() {
    let mut broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    let (mut events, _) = node.open(None, "ready").await;
    node.publish(0..5).await;
    read(&mut events, 0..5).await;
    broker.kill().await;
    let start = Instant::now();
    let error = node.topic.publish(&5).once("5").await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5), "{error} took {:?}", start.elapsed());
    broker.revive().await;
    node.publish_when_back(5).await;
    node.publish(6..10).await;
    read(&mut events, 5..10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recreated_stream_is_a_gap() {
    let broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    let (mut events, _) = node.open(None, "ready").await;
    node.publish(0..5).await;
    let id = read(&mut events, 0..5).await;
    let client = async_nats::connect(broker.url()).await.unwrap();
    async_nats::jetstream::new(client).delete_stream("hyperpoint").await.unwrap();
    let gap = events.next_within(DEADLINE).await.unwrap();
    assert_eq!(gap.name, "gap");
    assert!(gap.data.contains(r#""reason":"epoch""#), "{}", gap.data);
    node.publish(5..10).await;
    read(&mut events, 5..10).await;
    let (_, gap) = node.open(Some(&id), "gap").await;
    assert!(gap.data.contains(r#""reason":"epoch""#), "{}", gap.data);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_alternates_after_the_stream_was_deleted_gets_each_event_once() {
    let broker = Broker::start().await;
    let nodes = [Node::of(&broker.url()).await, Node::of(&broker.url()).await];
    let (mut events, _) = nodes[0].open(None, "ready").await;
    let (_others, _) = nodes[1].open(None, "ready").await;
    nodes[0].publish(0..119).await;
    let mut id = read(&mut events, 0..119).await;
    let client = async_nats::connect(broker.url()).await.unwrap();
    async_nats::jetstream::new(client).delete_stream("hyperpoint").await.unwrap();
    for number in 119..140 {
        nodes[1].publish_when_back(number).await;
    }
    let mut given = Vec::new();
    for turn in 0..6_usize {
        let mut events = nodes[turn % 2].connect(Some(&id)).await;
        for _ in 0..4 {
            given.push(events.next_within(DEADLINE).await.unwrap());
        }
        id = events.last_event_id().to_owned();
    }
    let gaps = given.iter().filter(|event| event.name == "gap").count();
    let mut seen = BTreeMap::new();
    for event in given.iter().filter(|event| event.name == "number") {
        *seen.entry(event.data.parse::<u32>().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(gaps, 1, "the loss is told once");
    assert!(seen.keys().all(|number| *number >= 119), "{seen:?}");
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_too_small_for_a_burst_leaves_no_hole_that_is_not_told() {
    const LAST: u32 = 4_000;
    let broker = Broker::start().await;
    let limits = TopicLimits { events: 20, ..TopicLimits::DEFAULT };
    let node = Node::of_small(&broker.url(), 8_000, limits).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(node.open(None, "ready").await.0);
    }
    let filler = JetStream::connect(&broker.url()).await.unwrap();
    let burst = futures_util::future::join_all((0..64).map(async |part| {
        for number in (part..LAST).step_by(64) {
            let (topic, data) = ("others".to_owned(), "x".repeat(3_000));
            let draft =
                Draft { topic, name: None, data, key: None, expires_after: None, once: None };
            filler.publish(draft).await.unwrap();
            node.topic.publish(&number).await.unwrap();
        }
    }));
    let read = futures_util::future::join_all(clients.iter_mut().map(read_burst));
    let (_, read) = tokio::join!(burst, read);
    assert!(read.iter().all(|reading| reading.missed == 0), "{read:?}");
    assert!(read.iter().any(|reading| reading.gaps > 0), "the stream was large enough: {read:?}");
}

/// What a client read of a burst.
#[derive(Debug, Default)]
struct Reading {
    last: u64,
    /// Whether a gap, or nothing yet, was before the next event.
    is_after_gap: bool,
    missed: u64,
    gaps: u32,
}

impl Reading {
    fn take(&mut self, name: &str, sequence: u64) {
        match name {
            "gap" => (self.is_after_gap, self.gaps) = (true, self.gaps + 1),
            "number" => {
                // Of 64 publishers, every second event of the stream is of the topic, in any order.
                if sequence > self.last + 200 && !self.is_after_gap {
                    self.missed += sequence - self.last;
                }
                (self.last, self.is_after_gap) = (sequence, false);
            }
            _ => {}
        }
    }
}

/// Reads until there is nothing more for a while, and reconnects where the stream ends.
async fn read_burst(events: &mut EventReader) -> Reading {
    let mut reading = Reading { is_after_gap: true, ..Reading::default() };
    while let Ok(next) = tokio::time::timeout(Duration::from_secs(3), events.next()).await {
        let Ok(event) = next else {
            events.reconnect().await.unwrap();
            continue;
        };
        let sequence = Position::parse(events.last_event_id()).unwrap().sequence;
        reading.take(&event.name, sequence);
    }
    reading
}
