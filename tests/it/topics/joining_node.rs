//! A node that starts on a backplane with existing events.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{TopicLimits, TopicsOptions};
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::{Client, EventReader};

use super::topic_host::{ROOM, read};
use crate::wire::scripted;

/// Creates a backplane in this process with these numbers, published by an earlier node.
async fn engine(numbers: std::ops::Range<u32>) -> (tempfile::TempDir, Arc<SqliteLog>) {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(folder.path(), |_| {});
    let log = Arc::new(log.unwrap());
    let topics = Topics::with_backplane(Arc::clone(&log), |_| {});
    for number in numbers {
        topics.topic(ROOM).publish(&number).await.unwrap();
    }
    (folder, log)
}

/// Starts a node, with a client that requests this many earlier events.
async fn begin(
    log: &Arc<SqliteLog>,
    options: impl FnOnce(&mut TopicsOptions),
    history: usize,
) -> (Topic<u32>, EventReader) {
    let topic = Topics::with_backplane(Arc::clone(log), options).topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).history(history).await })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    (topic, events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_node_has_the_newest_events_of_its_backplane() {
    let (_folder, log) = engine(0..20).await;
    let (topic, mut events) = begin(&log, |_| {}, 5).await;
    read(&mut events, 15..20).await;
    topic.publish(&20).await.unwrap();
    read(&mut events, [20]).await;
    let (_, mut events) = begin(&log, |options| options.preload_events = 3, 5).await;
    read(&mut events, 18..21).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn initial_events_of_a_new_node_are_not_sent_to_new_subscribers() {
    let (_folder, log) = engine(0..20).await;
    let (topic, mut events) = begin(&log, |_| {}, 0).await;
    topic.publish(&20).await.unwrap();
    read(&mut events, [20]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_keep_their_age_from_the_backplane() {
    let (_folder, log) = engine(0..20).await;
    // By now all of them exceed the maximum age, and the newest event of a topic stays.
    let limits = TopicLimits { age: Duration::ZERO, ..TopicLimits::DEFAULT };
    let (topic, mut events) = begin(&log, move |options| options.limits = limits, 5).await;
    read(&mut events, [19]).await;
    topic.publish(&20).await.unwrap();
    read(&mut events, [20]).await;
}
