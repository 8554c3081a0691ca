//! Tests of the relay on the embedded log: order, repetition, failures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use hyperpoint_sse::StreamItem;

use super::{Outbox, OutboxError, OutboxEvent, OutboxRelay};
use crate::{Received, TopicName, Topics};

const PRICES: TopicName<u32> = TopicName::new("prices");
const ROOM: TopicName<StreamItem> = TopicName::new("room");

/// An outbox in memory. Reading and deleting fail a given number of times. A read takes a given
/// time, and is followed by the commit of a row that was numbered before it, if there is one. Rows
/// that are deleted may be replaced by others.
#[derive(Clone, Default)]
struct Rows(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    rows: BTreeMap<i64, OutboxEvent>,
    last: i64,
    failing_reads: usize,
    failing_deletes: usize,
    read_time: Duration,
    /// Rows that are committed after the next full page was read: their numbers and events.
    uncommitted: Vec<(i64, OutboxEvent)>,
    /// The event of the rows that are inserted for deleted ones.
    replacement: Option<OutboxEvent>,
    /// The number of calls of `read`.
    reads: usize,
}

impl Rows {
    fn insert(&self, event: OutboxEvent) {
        let mut table = self.0.lock().unwrap();
        table.last += 1;
        let number = table.last;
        table.rows.insert(number, event);
    }

    /// Inserts many rows, and as many for those that are deleted.
    fn stay_long(&self, event: &OutboxEvent) {
        (0..600).for_each(|_| self.insert(event.clone()));
        let mut table = self.0.lock().unwrap();
        (table.replacement, table.read_time) = (Some(event.clone()), Duration::from_millis(100));
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().rows.len()
    }
}

fn fails(times: &mut usize) -> Result<(), OutboxError> {
    let result = if *times > 0 { Err("the database is locked".into()) } else { Ok(()) };
    *times = times.saturating_sub(1);
    result
}

#[async_trait]
impl Outbox for Rows {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
        let read_time = self.0.lock().unwrap().read_time;
        tokio::time::sleep(read_time).await;
        let mut table = self.0.lock().unwrap();
        table.reads += 1;
        fails(&mut table.failing_reads)?;
        let later = table.rows.range(after.saturating_add(1)..).take(limit);
        let page: Vec<_> = later.map(|(number, event)| (*number, event.clone())).collect();
        if page.len() == limit {
            let committed = std::mem::take(&mut table.uncommitted);
            table.rows.extend(committed);
        }
        Ok(page)
    }

    async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError> {
        let mut table = self.0.lock().unwrap();
        fails(&mut table.failing_deletes)?;
        let before = table.rows.len();
        table.rows.retain(|number, _| !numbers.contains(number));
        let (deleted, replacement) = (before - table.rows.len(), table.replacement.clone());
        drop(table);
        let replacements = replacement.into_iter().flat_map(|of| std::iter::repeat_n(of, deleted));
        replacements.for_each(|event| self.insert(event));
        Ok(())
    }
}

fn price(topics: &Topics, cents: u32) -> OutboxEvent {
    topics.topic(PRICES).publish(&cents).key("ACME").into_outbox().unwrap()
}

async fn prices(topics: &Topics) -> Vec<u32> {
    let mut events = topics.topic(PRICES).subscribe().history(usize::MAX).events();
    let mut cents = Vec::new();
    while let Ok(Some(received)) = tokio::time::timeout(Duration::ZERO, events.next()).await {
        match received {
            Received::Event { data, .. } => cents.push(data),
            other => panic!("{other:?}"),
        }
    }
    cents
}

#[tokio::test(start_paused = true)]
async fn events_are_published_in_order_and_deleted() {
    let (topics, rows) = (Topics::default(), Rows::default());
    (0..600).for_each(|cents| rows.insert(price(&topics, cents)));
    let relay = OutboxRelay::start(&topics, rows.clone());
    relay.drained().await;
    assert_eq!(prices(&topics).await, (0..600).collect::<Vec<_>>());
    assert_eq!(rows.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_announced_is_published_within_a_second() {
    let (topics, rows) = (Topics::default(), Rows::default());
    let relay = OutboxRelay::start(&topics, rows.clone());
    relay.drained().await;
    rows.insert(price(&topics, 7));
    let mut events = topics.topic(PRICES).subscribe().events();
    let next = tokio::time::timeout(Duration::from_secs(2), events.next()).await.unwrap();
    assert!(matches!(next, Some(Received::Event { data: 7, .. })));
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_row_outlived_its_publication_is_published_once() {
    let (topics, rows) = (Topics::default(), Rows::default());
    (0..3).for_each(|cents| rows.insert(price(&topics, cents)));
    rows.0.lock().unwrap().failing_deletes = 2;
    let relay = OutboxRelay::start(&topics, rows.clone());
    relay.drained().await;
    // Simulates a process that was killed after it published an event and before it deleted the
    // row.
    rows.insert(OutboxEvent { id: "order 7".to_owned(), ..price(&topics, 3) });
    relay.drained().await;
    rows.insert(OutboxEvent { id: "order 7".to_owned(), ..price(&topics, 3) });
    drop(relay);
    OutboxRelay::start(&topics, rows.clone()).drained().await;
    assert_eq!(prices(&topics).await, [0, 1, 2, 3]);
    assert_eq!(rows.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_fails_is_read_again() {
    let (topics, rows) = (Topics::default(), Rows::default());
    rows.insert(price(&topics, 1));
    rows.0.lock().unwrap().failing_reads = 5;
    let relay = OutboxRelay::start(&topics, rows.clone());
    relay.drained().await;
    assert_eq!(prices(&topics).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_not_published_holds_up_its_topic_alone() {
    let large = Topics::new(|options| options.max_event_bytes = 1000);
    let (topics, rows) = (Topics::new(|options| options.max_event_bytes = 100), Rows::default());
    let long = StreamItem::text("x".repeat(500));
    rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
    rows.insert(large.topic(ROOM).publish_named("said", "after").into_outbox().unwrap());
    (0..300).for_each(|cents| rows.insert(price(&topics, cents)));
    let relay = OutboxRelay::start(&topics, rows.clone());
    let mut events = topics.topic(PRICES).subscribe().history(usize::MAX).events();
    for expected in 0..300 {
        let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap();
        assert!(matches!(next, Some(Received::Event { data, .. }) if data == expected));
    }
    tokio::time::timeout(Duration::from_mins(1), relay.drained()).await.unwrap_err();
    assert_eq!(rows.left(), 2, "nothing is dropped, and the order of the topic is kept");
    // An operator deletes the event that is too large.
    rows.0.lock().unwrap().rows.pop_first();
    relay.drained().await;
    assert_eq!(rows.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_deleted_for_longer_than_the_window_is_published_once() {
    let (topics, rows) = (Topics::default(), Rows::default());
    rows.insert(price(&topics, 1));
    // Every delay of a relay is at most 10 s, and the window is 2 min.
    rows.0.lock().unwrap().failing_deletes = 40;
    let relay = OutboxRelay::start(&topics, rows.clone());
    let before = tokio::time::Instant::now();
    relay.drained().await;
    assert!(before.elapsed() > Duration::from_mins(5));
    rows.insert(price(&topics, 2));
    relay.drained().await;
    let page = topics.topic(PRICES).publish(&3).await.unwrap();
    assert_eq!(page.position().sequence, 3, "two events before it");
}

/// Publishes these numbers on a topic of their own, so that they fill the first pages.
fn fill(topics: &Topics, rows: &Rows, count: u32) {
    let other = topics.topic(TopicName::<u32>::new("other"));
    (0..count).for_each(|number| rows.insert(other.publish(&number).into_outbox().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_was_numbered_early_and_committed_late_is_not_overtaken() {
    let (topics, rows) = (Topics::default(), Rows::default());
    // Row 1 is numbered, and committed after the relay has read the first page. A transaction that
    // begins after that commit inserts the last row.
    rows.0.lock().unwrap().last = 1;
    fill(&topics, &rows, 300);
    let later = [(1, price(&topics, 1)), (1_000, price(&topics, 2))];
    rows.0.lock().unwrap().uncommitted.extend(later);
    let relay = OutboxRelay::start(&topics, rows.clone());
    relay.drained().await;
    assert_eq!(prices(&topics).await, [1, 2]);
    assert_eq!(rows.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_behind_those_of_a_blocked_topic_is_not_overtaken() {
    let large = Topics::new(|options| options.max_event_bytes = 1000);
    let (topics, rows) = (Topics::new(|options| options.max_event_bytes = 100), Rows::default());
    let long = StreamItem::text("x".repeat(500));
    // The topic is blocked, and its events fill the first two pages.
    (0..400).for_each(|_| {
        rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
    });
    let relay = OutboxRelay::start(&topics, rows.clone());
    let drained = tokio::time::timeout(Duration::from_secs(5), relay.drained());
    assert!(drained.await.is_err(), "the topic is blocked");
    let mut events = topics.topic(PRICES).subscribe().events();
    let first = rows.0.lock().unwrap().rows.pop_first().unwrap().0;
    let later = [(first, price(&topics, 1)), (1_000, price(&topics, 2))];
    rows.0.lock().unwrap().uncommitted.extend(later);
    relay.wake();
    for expected in [1, 2] {
        let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap();
        assert!(matches!(next, Some(Received::Event { data, .. }) if data == expected), "{next:?}");
    }
    assert_eq!(rows.left(), 399);
}

#[tokio::test(start_paused = true)]
async fn a_topic_whose_retry_becomes_due_between_two_pages_keeps_its_order() {
    let large = Topics::new(|options| options.max_event_bytes = 1000);
    let (topics, rows) = (Topics::new(|options| options.max_event_bytes = 100), Rows::default());
    let long = StreamItem::text("x".repeat(500));
    rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
    let said = |number: &u32| large.topic(ROOM).publish_named("said", number).into_outbox();
    (0..300).for_each(|number| rows.insert(said(&number).unwrap()));
    // Retries become due while pages are read.
    rows.0.lock().unwrap().read_time = Duration::from_millis(70);
    let relay = OutboxRelay::start(&topics, rows.clone());
    for _ in 0..500 {
        relay.wake();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(rows.left(), 301, "no event overtakes the first");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_fails_does_not_delay_the_others() {
    let large = Topics::new(|options| options.max_event_bytes = 1000);
    let (topics, rows) = (Topics::new(|options| options.max_event_bytes = 100), Rows::default());
    let long = StreamItem::text("x".repeat(500));
    rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
    let relay = OutboxRelay::start(&topics, rows.clone());
    tokio::time::sleep(Duration::from_mins(2)).await;
    let mut events = topics.topic(PRICES).subscribe().events();
    rows.insert(price(&topics, 7));
    relay.wake();
    let next = tokio::time::timeout(Duration::from_millis(10), events.next()).await.unwrap();
    assert!(matches!(next, Some(Received::Event { data: 7, .. })));
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_failed_is_retried_while_many_events_of_others_wait() {
    let large = Topics::new(|options| options.max_event_bytes = 1000);
    let (topics, rows) = (Topics::new(|options| options.max_event_bytes = 100), Rows::default());
    let long = StreamItem::text("x".repeat(500));
    rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
    rows.insert(large.topic(ROOM).publish_named("said", "after").into_outbox().unwrap());
    rows.stay_long(&price(&topics, 1));
    let _relay = OutboxRelay::start(&topics, rows.clone());
    tokio::time::sleep(Duration::from_millis(500)).await;
    // An operator deletes the event that is too large.
    rows.0.lock().unwrap().rows.pop_first();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let table = rows.0.lock().unwrap();
    assert!(
        table.rows.values().all(|event| event.topic == "prices"),
        "its next event is published"
    );
    assert!(table.rows.len() >= 600, "the other topic has as many events as before");
}

#[tokio::test(start_paused = true)]
async fn drained_does_not_wait_for_events_that_are_committed_after_its_call() {
    let (topics, rows) = (Topics::default(), Rows::default());
    rows.stay_long(&price(&topics, 1));
    let relay = OutboxRelay::start(&topics, rows.clone());
    let last = rows.0.lock().unwrap().last;
    tokio::time::timeout(Duration::from_secs(10), relay.drained()).await.unwrap();
    let first = *rows.0.lock().unwrap().rows.first_key_value().unwrap().0;
    assert!(first > last, "every event that was committed before the call is published");
    assert!(rows.left() >= 600);
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_blocked_topic_do_not_slow_down_the_others() {
    for blocked in [255, 256, 400] {
        let large = Topics::new(|options| options.max_event_bytes = 1000);
        let topics = Topics::new(|options| options.max_event_bytes = 100);
        let (rows, long) = (Rows::default(), StreamItem::text("x".repeat(500)));
        (0..blocked).for_each(|_| {
            rows.insert(large.topic(ROOM).publish_item(&long).into_outbox().unwrap());
        });
        (0..1_000).for_each(|cents| rows.insert(price(&topics, cents)));
        let relay = OutboxRelay::start(&topics, rows.clone());
        tokio::time::timeout(Duration::from_millis(50), relay.drained()).await.unwrap_err();
        assert_eq!(rows.left(), blocked);
        assert_eq!(prices(&topics).await, (0..1_000).collect::<Vec<_>>());
        let reads = rows.0.lock().unwrap().reads;
        assert!(reads < 30, "{reads} reads with {blocked} blocked events");
    }
}

#[test]
fn an_outbox_event_has_what_was_to_be_published() {
    let topics = Topics::default();
    let said = topics.topic(ROOM).publish_named("said", &["a\nb"]).into_outbox().unwrap();
    assert_eq!((said.name.as_deref(), said.data.as_str()), (Some("said"), r#"["a\nb"]"#));
    assert_eq!((said.key, said.id.len()), (None, 32));
    let text = topics.topic(ROOM).publish_item(&StreamItem::text("a\nb")).into_outbox().unwrap();
    assert_eq!((text.name, text.data.as_str()), (None, "a\nb"));
    assert_ne!(text.id, said.id);
    let keyed = topics.topic(PRICES).publish(&1).key("k").once("o").into_outbox().unwrap();
    assert_eq!((keyed.id.as_str(), keyed.key.as_deref()), ("o", Some("k")));
    let small = Topics::new(|options| options.max_event_bytes = 20);
    let long = StreamItem::text("x".repeat(500));
    assert!(small.topic(ROOM).publish_item(&long).into_outbox().unwrap_err().is_too_large());
    topics.topic(ROOM).publish_named("ready", "reserved").into_outbox().unwrap_err();
}
