//! Clients while nodes and servers fail.

use std::time::Duration;

use hyperpoint::nats::async_nats;
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
