//! Events that the server refuses, discards, or has lost.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::nats::{JetStream, JetStreamOptions};
use hyperpoint::topics::backplane::{Backplane, Deletion, Draft, PageQuery};
use tokio::time::timeout;

use super::broker::Broker;
use super::nodes::{Node, read};

const DEADLINE: Duration = Duration::from_secs(20);

async fn small(url: &str) -> JetStream {
    let options = JetStreamOptions::default().max_bytes(20_000);
    JetStream::connect_with(url, options).await.unwrap()
}

fn draft(topic: &str, data: String) -> Draft {
    Draft { topic: topic.to_owned(), name: None, data, key: None, expires_after: None, once: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_the_stream_discards_before_a_node_reads_them_are_a_gap() {
    let broker = Broker::start().await;
    let engine = small(&broker.url()).await;
    let mut slow = engine.follow(None).await.unwrap();
    let mut last = slow.position;
    for number in 0..100 {
        let data = format!("{number} {}", "x".repeat(1000));
        last = engine.publish(draft("a", data)).await.unwrap().position;
    }
    let error = timeout(DEADLINE, slow.entries.next()).await.unwrap().unwrap().unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(reason, "the stream no longer has the next event");

    let mut again = engine.follow(Some(slow.position)).await.unwrap();
    assert_eq!(again.position.epoch, last.epoch);
    assert!(again.position.sequence > slow.position.sequence, "{:?}", again.position);
    let first = timeout(DEADLINE, again.entries.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.sequence, again.position.sequence + 1);
    let page =
        engine.read(PageQuery::after("a", slow.position.sequence, usize::MAX)).await.unwrap();
    assert_eq!(page.evicted_through, again.position.sequence);
    assert_eq!(page.entries.last().unwrap().sequence, last.sequence);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_restored_with_fewer_events_is_a_gap_and_no_id_is_reused() {
    let mut broker = Broker::start().await;
    let node = Node::of(&broker.url()).await;
    let (mut events, _) = node.open(None, "ready").await;
    node.publish(0..5).await;
    read(&mut events, 0..5).await;
    broker.kill().await;
    broker.back_up();
    broker.revive().await;
    node.publish_when_back(5).await;
    node.publish(6..10).await;
    let seen = read(&mut events, 5..10).await;

    broker.kill().await;
    broker.restore();
    broker.revive().await;
    node.publish_when_back(100).await;
    let gap = events.next_within(DEADLINE).await.unwrap();
    assert_eq!(gap.name, "gap");
    assert!(gap.data.contains(r#""reason":"epoch""#), "{}", gap.data);
    let (mut late, _) = node.open(Some(&seen), "gap").await;
    while late.next_within(DEADLINE).await.unwrap().data != "100" {}
    assert_ne!(late.last_event_id()[..8], seen[..8], "it is another epoch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_the_server_refuses_is_a_separate_error() {
    let broker = Broker::start().await;
    let engine = JetStream::connect(&broker.url()).await.unwrap();
    let error = engine.publish(draft("a", "x".repeat(2_000_000))).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");

    // A name that is too long for a protocol line would end the connection.
    let topic = "é".repeat(2000);
    let error = engine.publish(draft(&topic, String::new())).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");
    let last = engine.publish(draft("a", "it goes on".to_owned())).await.unwrap().position;
    let page = engine.read(PageQuery::after(&topic, 0, 1000)).await.unwrap();
    assert_eq!((page.entries.len(), page.through), (0, last.sequence));
    let deleted = engine.delete(&topic, Deletion::Through(u64::MAX)).await.unwrap();
    let through = Deletion::Through(last.sequence);
    assert_eq!((deleted.events, deleted.which), (0, through), "it covers no later events");
}
