//! Topics on a backplane: here the log on disk, which two nodes of this process may share.

use std::path::Path;
use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::{Backplane, Draft};
use hyperpoint::{TopicLimits, TopicSet, TopicsOptions};
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::{Client, EventReader};

use super::topic_host::{ROOM, read};
use crate::wire::scripted;

const QUIET: TopicName<u32> = TopicName::new("quiet");

/// A node: topics on this log, and the application that serves them.
pub(super) struct Node {
    topic: Topic<u32>,
    client: Client,
}

impl Node {
    pub(super) fn new(log: impl Backplane, options: impl FnOnce(&mut TopicsOptions)) -> Self {
        let topic = Topics::with_backplane(log, options).topic(ROOM);
        let streamed = topic.clone();
        let host = scripted::<u32>(move |cx| {
            let topic = streamed.clone();
            Box::pin(async move { cx.send.topic_async(&topic).await })
        });
        Self { topic, client: Client::new(host.build().unwrap()) }
    }

    pub(super) async fn publish(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.topic.publish(&number).await.unwrap();
        }
    }

    /// Connects a client, and returns its stream before the first event.
    pub(super) async fn connect(&self, id: Option<&str>) -> EventReader {
        let request = self.client.events("/s");
        match id {
            Some(id) => request.last_event_id(id).await.unwrap(),
            None => request.await.unwrap(),
        }
    }

    pub(super) async fn open(&self, id: Option<&str>, name: &str) -> EventReader {
        let mut events = self.connect(id).await;
        let first = events.next().await.unwrap();
        assert_eq!(first.name, name, "{}", first.data);
        events
    }
}

/// Opens the log in this folder.
fn log(folder: &Path) -> Arc<SqliteLog> {
    Arc::new(SqliteLog::open(folder, |_| {}).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_resumes_at_another_node_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let shared = log(folder.path());
    let (one, two) =
        (Node::new(Arc::clone(&shared), |_| {}), Node::new(Arc::clone(&shared), |_| {}));
    let mut events = one.open(None, "ready").await;
    one.publish(0..5).await;
    two.publish(5..10).await;
    read(&mut events, 0..3).await;
    let id = events.last_event_id().to_owned();
    drop((events, one));
    let mut events = two.open(Some(&id), "ready").await;
    let id = read(&mut events, 3..8).await;
    drop((events, two, shared));

    let three = Node::new(log(folder.path()), |_| {});
    let mut events = three.open(Some(&id), "ready").await;
    read(&mut events, 8..10).await;
    three.publish(10..12).await;
    let id = read(&mut events, 10..12).await;
    let mut again = three.open(Some(&id), "ready").await;
    three.publish([12]).await;
    read(&mut again, [12]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evicted_events_are_read_from_the_backplane() {
    let folder = tempfile::tempdir().unwrap();
    let shared = log(folder.path());
    let limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
    let node = Node::new(shared, move |options| options.limits = limits);
    let mut first = node.open(None, "ready").await;
    node.publish([0]).await;
    let id = read(&mut first, [0]).await;
    node.publish(1..200).await;
    for _ in 0..20 {
        let mut events = node.open(Some(&id), "ready").await;
        read(&mut events, 1..200).await;
    }
    // A connected client that was too slow reconnects, and misses nothing.
    assert_eq!(first.next().await.unwrap().name, "reconnect");
    first.ended().await.unwrap();
    first.reconnect().await.unwrap();
    assert_eq!(first.next().await.unwrap().name, "ready");
    read(&mut first, 1..200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_several_topics_has_one_order_whatever_the_node_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
    let log = log(folder.path());
    let topics = Topics::with_backplane(log, move |options| options.limits = limits);
    let (busy, quiet) = (topics.topic(ROOM), topics.topic(QUIET));
    let both = TopicSet::of(&[busy.clone(), quiet.clone()]);
    let host = scripted::<u32>(move |cx| {
        let both = both.clone();
        Box::pin(async move { cx.send.topic_async(&both).await })
    });
    let client = Client::new(host.build().unwrap());
    let mut events = client.events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    let publish = async |number: u32| {
        let topic = if number.is_multiple_of(20) { &quiet } else { &busy };
        topic.publish(&number).await.unwrap().id()
    };
    let first = publish(0).await;
    read(&mut events, [0]).await;
    for number in 1..200 {
        publish(number).await;
    }
    let mut again = client.events("/s").last_event_id(first.as_ref()).await.unwrap();
    assert_eq!(again.next().await.unwrap().name, "ready");
    read(&mut again, 1..200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_30_events_that_the_backplane_has_lost_are_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let shared = SqliteLog::open(folder.path(), |options| options.total_bytes = 270 * 1024);
    let shared = Arc::new(shared.unwrap());
    let limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
    let node = Node::new(Arc::clone(&shared), move |options| options.limits = limits);
    let mut events = node.open(None, "ready").await;
    node.publish([0]).await;
    let id = read(&mut events, [0]).await;
    for _ in 0..40 {
        let (topic, data) = ("others".to_owned(), "x".repeat(20_000));
        shared
            .publish(Draft { topic, name: None, data, key: None, expires_after: None, once: None })
            .await
            .unwrap();
    }
    node.publish(1..500).await;
    // The node follows its backplane with a small delay; this is number 540.
    for _ in 0..500 {
        if node.open(None, "ready").await.last_event_id().ends_with("-0000000000GW") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut events = node.open(Some(&id), "gap").await;
    read(&mut events, 1..500).await;
    let mut foreign = node.open(Some("0000000A-000000000001"), "gap").await;
    read(&mut foreign, 495..500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_events_in_the_backplane_are_sent_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let shared = log(folder.path());
    let node = Node::new(Arc::clone(&shared), |_| {});
    let mut events = node.open(None, "ready").await;
    let (name, data) = (Some(EventName::from_static("other")), "not JSON\nat all".to_owned());
    let draft =
        Draft { topic: "room".to_owned(), name, data, key: None, expires_after: None, once: None };
    let stored = shared.publish(draft).await.unwrap();
    let event = events.next().await.unwrap();
    assert_eq!((&*event.name, &*event.data), ("other", "not JSON\nat all"));
    assert_eq!(event.id, Some(stored.position.id().to_string()));
}
