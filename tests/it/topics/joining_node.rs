//! A node that starts on a backplane with existing events.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::Deletion;
use hyperpoint::{TopicLimits, TopicSet, TopicsOptions};
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::{Client, EventReader};
use tokio::time::timeout;

use super::received;
use super::scripted_backplane::ScriptedBackplane;
use super::topic_host::{ROOM, read};
use crate::wire::{scripted, within};

const OTHER: TopicName<u32> = TopicName::new("other");

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

#[tokio::test(start_paused = true)]
async fn deletions_and_expired_events_are_not_among_the_newest_events_of_a_new_node() {
    let log = ScriptedBackplane::new();
    let room = Topics::with_backplane(log.clone(), |_| {}).topic(ROOM);
    for number in 0..20 {
        room.publish(&number).await.unwrap();
    }
    for number in 0..10 {
        room.publish(&number).expires_after(Duration::ZERO).await.unwrap();
        let deleted = room.publish(&number).await.unwrap().position();
        log.change(|log| log.delete("room", Deletion::Event(deleted.sequence)));
    }
    let topics = Topics::with_backplane(log, |options| options.preload_events = 8);
    let mut events = topics.topic(ROOM).subscribe().history(8).events();
    for number in 12..20 {
        let next = timeout(Duration::from_secs(1), events.next()).await;
        assert_eq!(received::event(next.expect("it is preloaded").unwrap()), Ok(number));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_resumes_does_not_wait_for_the_events_with_which_a_node_begins() {
    let log = ScriptedBackplane::new();
    let early = Topics::with_backplane(log.clone(), |_| {}).topic(ROOM);
    let mut positions = Vec::new();
    for number in 0..50 {
        positions.push(early.publish(&number).await.unwrap().position());
    }
    log.change(|log| log.evict(positions[9].sequence));
    log.change(|log| log.is_held = true);
    let topics = Topics::with_backplane(log.clone(), |options| options.preload_events = 20);
    let room = topics.topic(ROOM);
    let mut resumed = room.subscribe().after(positions[19]).events();
    let mut others = room.subscribe().events();
    let mut lost = room.subscribe().after(positions[0]).events();
    let soon = Duration::from_secs(1);
    for number in 20..50 {
        let next = timeout(soon, resumed.next()).await.expect("it does not wait");
        assert_eq!(received::event(next.unwrap()), Ok(number));
    }
    assert!(others.next().now_or_never().is_none() && lost.next().now_or_never().is_none());
    assert_eq!((others.position(), lost.position()), (None, None), "they have not started");
    log.change(|log| log.is_held = false);
    let gap = within(lost.next()).await.unwrap();
    assert_eq!(received::gap(gap).unwrap().reason.to_string(), "evicted");
    assert_eq!(received::event(within(lost.next()).await.unwrap()), Ok(10));
    assert!(others.next().now_or_never().is_none(), "it is sent none of these as new events");
    early.publish(&50).await.unwrap();
    for events in [&mut resumed, &mut others] {
        assert_eq!(received::event(within(events.next()).await.unwrap()), Ok(50));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_resumes_on_several_topics_does_not_wait_for_the_events_with_which_a_node_begins()
 {
    let log = ScriptedBackplane::new();
    let early = Topics::with_backplane(log.clone(), |_| {});
    let mut positions = Vec::new();
    for number in 0..50 {
        let topic = if number % 3 == 0 { OTHER } else { ROOM };
        positions.push(early.topic(topic).publish(&number).await.unwrap().position());
    }
    log.change(|log| log.is_held = true);
    let topics = Topics::with_backplane(log.clone(), |options| options.preload_events = 20);
    let of = [OTHER, TopicName::new("quiet"), ROOM].map(|topic| topics.topic(topic));
    let mut resumed = TopicSet::of(&of).subscribe().after(positions[19]).events();
    for number in 20..50 {
        let next = timeout(Duration::from_secs(1), resumed.next()).await.expect("it does not wait");
        assert_eq!(received::event(next.unwrap()), Ok(number));
    }
    assert_eq!(resumed.position(), Some(positions[49]));
    assert!(resumed.next().now_or_never().is_none());
    log.change(|log| log.is_held = false);
    for number in 50..60 {
        let topic = if number % 3 == 0 { OTHER } else { ROOM };
        early.topic(topic).publish(&number).await.unwrap();
        assert_eq!(received::event(within(resumed.next()).await.unwrap()), Ok(number));
    }
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
