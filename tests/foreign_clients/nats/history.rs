//! Events older than a node keeps are read from the stream once for all subscribers, as counted by
//! the server.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint::TopicLimits;
use hyperpoint::nats::async_nats;
use hyperpoint::nats::async_nats::jetstream;
use hyperpoint::nats::async_nats::jetstream::consumer::pull;
use hyperpoint::topics::{Position, Received};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::broker::Broker;
use super::nodes::{Node, read};

/// The server's notification of each new consumer.
const MADE: &str = "$JS.EVENT.ADVISORY.CONSUMER.CREATED.hyperpoint.>";
const LAST: &str = "the-last-one";
const CLIENTS: usize = 50;
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until the node keeps the event with this id, and thus none of the first events.
async fn until_kept(node: &Node, id: &str) {
    let end = Instant::now() + DEADLINE;
    while node.open(None, "ready").await.1.id.as_deref() != Some(id) {
        assert!(Instant::now() < end, "the node does not follow");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evicted_events_are_read_by_one_consumer_for_all_subscribers() {
    let broker = Broker::start().await;
    let limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
    let node = Node::with(&broker.url(), limits).await;
    let (mut events, _) = node.open(None, "ready").await;
    node.publish([0]).await;
    let first = read(&mut events, [0]).await;
    node.publish(1..199).await;
    let last = node.topic.publish(&199).await.unwrap().id();
    until_kept(&node, last.as_ref()).await;

    let nats = async_nats::connect(broker.url()).await.unwrap();
    let mut made = nats.subscribe(MADE).await.unwrap();
    nats.flush().await.unwrap();
    for _ in 0..2 {
        let coming_back = (0..CLIENTS).map(async |_| {
            let (mut events, _) = node.open(Some(&first), "ready").await;
            read(&mut events, 1..200).await;
        });
        join_all(coming_back).await;
    }

    // The server reports consumers in the order in which they are created; this is the last one.
    let stream = jetstream::new(nats).get_stream("hyperpoint").await.unwrap();
    let config = pull::Config { name: Some(LAST.to_owned()), ..pull::Config::default() };
    stream.create_consumer(config).await.unwrap();
    let mut count = 0;
    loop {
        let told = timeout(DEADLINE, made.next()).await.unwrap().unwrap();
        let told: Value = serde_json::from_slice(&told.payload).unwrap();
        if told["consumer"] == LAST {
            break;
        }
        count += 1;
    }
    assert_eq!(count, 1, "{CLIENTS} clients reconnected twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_events_are_read_past_any_number_of_deletions() {
    let broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    let first = node.topic.publish(&0).await.unwrap().position();
    for _ in 0..100 {
        let deleted = node.topic.publish(&9).await.unwrap().position();
        assert!(node.topic.delete(deleted).await.unwrap());
    }
    node.publish(1..4).await;
    let page = node.topic.read().after(first).limit(1).events().await.unwrap();
    assert!(matches!(page.events[..], [Received::Event { data: 1, .. }]), "{page:?}");
    let page = node.topic.read().after(page.newer).limit(1).events().await.unwrap();
    assert!(matches!(page.events[..], [Received::Event { data: 2, .. }]), "{page:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_before_an_event_is_whole_while_later_events_are_deleted() {
    let broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    node.publish(0..5).await;
    let before = node.topic.publish(&5).await.unwrap().position();
    node.publish(6..1_000).await;
    let nats = async_nats::connect(broker.url()).await.unwrap();
    let stream = jetstream::new(nats).get_stream("hyperpoint").await.unwrap();
    // As if nodes deleted events, of which no other node knows yet.
    let deleting = tokio::spawn(async move {
        for sequence in before.sequence + 1..before.sequence + 990 {
            stream.delete_message(sequence).await.unwrap();
        }
    });
    while !deleting.is_finished() {
        let page = node.topic.read().before(before).limit(5).events().await.unwrap();
        assert_eq!(page.events.len(), 5, "{page:?}");
    }
    deleting.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deletion_of_the_entry_of_a_deletion_does_nothing() {
    let broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    let deleted = node.topic.publish(&0).await.unwrap().position();
    assert!(node.topic.delete(deleted).await.unwrap());
    let entry = Position { sequence: deleted.sequence + 1, ..deleted };
    assert!(!node.topic.delete(entry).await.unwrap(), "it is no event");
    assert!(!node.topic.delete(deleted).await.unwrap(), "it is deleted already");
}
