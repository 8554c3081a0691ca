//! Events older than a node keeps are read from the backplane once for all subscribers, counted by
//! a backplane of the test.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::future::join_all;
use hyperpoint::prelude::*;
use hyperpoint::topics::Position;
use hyperpoint::topics::backplane::{
    Backplane, BackplaneError, Deleted, Deletion, Draft, Following, Lookup, Page, PageQuery, Stored,
};
use hyperpoint::{TopicLimits, async_trait};
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::Client;
use tokio::sync::Semaphore;

use crate::wire::{eventually, scripted};

const BLOBS: TopicName<String> = TopicName::new("blobs");
const CLIENTS: usize = 40;
const EVENTS: usize = 20;
/// A node reads 256 KiB at once: six of these events.
const BLOB_BYTES: usize = 50_000;
/// The number of events between the first one and the last two, which the node keeps, in sixes.
const PARTS: usize = 3;
const KEPT: TopicLimits = TopicLimits { events: 2, ..TopicLimits::DEFAULT };

/// A log on disk that counts reads of its history, and completes them only with permission.
#[derive(Debug)]
struct Counted {
    log: SqliteLog,
    reads: AtomicUsize,
    may_read: Semaphore,
}

#[async_trait]
impl Backplane for Counted {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        self.log.publish(draft).await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        self.log.follow(after).await
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        self.reads.fetch_add(1, SeqCst);
        let _permit = self.may_read.acquire().await.unwrap();
        self.log.read(query).await
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
        self.log.delete(topic, which).await
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        self.log.look_up(position).await
    }
}

fn blob(number: usize) -> String {
    format!("{number:0BLOB_BYTES$}")
}

/// Reads every event after the event with this id.
async fn reconnect(client: &Client, id: &str) {
    let mut events = client.events("/s").last_event_id(id).await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    for number in 1..EVENTS {
        let event = events.next().await.unwrap();
        assert_eq!((event.data.len(), event.data.parse()), (BLOB_BYTES, Ok(number)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evicted_events_are_read_from_the_backplane_once_for_all_subscribers() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
    let (reads, may_read) = (AtomicUsize::new(0), Semaphore::new(0));
    let engine = Arc::new(Counted { log, reads, may_read });
    let topics = Topics::with_backplane(Arc::clone(&engine), |options| options.limits = KEPT);
    let topic = topics.topic(BLOBS);
    let streamed = topic.clone();
    let host = scripted::<String>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).await })
    });
    let client = Client::new(host.build().unwrap());

    let mut events = client.events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    let mut ids = Vec::new();
    for number in 0..EVENTS {
        let (topic, data) = ("blobs".to_owned(), blob(number));
        let draft = Draft { topic, name: None, data, key: None, expires_after: None, once: None };
        let id = engine.publish(draft).await.unwrap().position.id();
        // The node has received the event too.
        while events.next().await.unwrap().id.as_deref() != Some(id.as_ref()) {}
        ids.push(id);
    }
    drop(events);
    assert_eq!(engine.reads.load(SeqCst), 0, "no client needs an evicted event");

    let all = join_all((0..CLIENTS).map(|_| reconnect(&client, ids[0].as_ref())));
    let once_all_ask = async {
        eventually(|| topic.subscribers() == CLIENTS && engine.reads.load(SeqCst) > 0).await;
        engine.may_read.add_permits(1);
    };
    tokio::join!(all, once_all_ask);
    assert_eq!(engine.reads.load(SeqCst), PARTS);
    reconnect(&client, ids[0].as_ref()).await;
    assert_eq!(engine.reads.load(SeqCst), PARTS, "an event that was read once is kept");
}
