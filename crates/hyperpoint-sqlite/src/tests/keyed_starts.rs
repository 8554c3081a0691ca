//! Tests of new subscribers that conflate. They start with the newest event of each key, even after
//! a restart.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint_topics::backplane::{Backplane, Draft};
use hyperpoint_topics::{
    GapReason, OnLag, Position, Received, Topic, TopicEvents, TopicName, Topics,
};

use super::log_folder::{LogFolder, publish_all};
use super::newest_of_keys::{flood, keyed};
use crate::SqliteLog;

const PRICES: TopicName<u32> = TopicName::new("prices");
const RATES: TopicName<u32> = TopicName::new("rates");
const ALL: usize = usize::MAX;

fn small(folder: &LogFolder) -> Arc<SqliteLog> {
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = 1024 * 1024);
    Arc::new(log.unwrap())
}

/// Creates the topics of a node that preloads only the newest 10 events.
fn node(log: &Arc<SqliteLog>) -> Topics {
    Topics::with_backplane(Arc::clone(log), |options| options.preload_events = 10)
}

fn new(topic: &Topic<u32>, history: usize) -> TopicEvents<u32> {
    topic.subscribe().on_lag(OnLag::Conflate).history(history).events()
}

async fn next(events: &mut TopicEvents<u32>) -> Received<u32> {
    let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    next.expect("in time").expect("it goes on")
}

/// Reads events up to the event whose data is `last`, and returns their positions and data.
async fn read(events: &mut TopicEvents<u32>, last: u32) -> Vec<(Position, u32)> {
    let mut read = Vec::new();
    loop {
        match next(events).await {
            Received::Event { position, data, .. } => read.push((position, data)),
            other => panic!("{other:?} after {read:?}"),
        }
        if read.last().is_some_and(|(_, data)| *data == last) {
            return read;
        }
    }
}

fn data(read: &[(Position, u32)]) -> Vec<u32> {
    read.iter().map(|(_, data)| *data).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_page_gets_the_newest_event_of_each_key_after_a_restart() {
    let folder = LogFolder::new();
    let log = small(&folder);
    let prices = node(&log).topic(PRICES);
    let mut published = Vec::new();
    for (number, key) in ["a", "b", "a", "c"].into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        published.push(prices.publish(&number).key(key).await.unwrap().position());
    }
    flood(&log).await;
    drop((prices, log));
    let log = small(&folder);
    let prices = node(&log).topic(PRICES);
    prices.publish(&4).key("b").await.unwrap();
    let mut events = new(&prices, ALL);
    let first = read(&mut events, 4).await;
    assert_eq!(data(&first), [2, 3, 4], "oldest first");
    assert_eq!([first[0].0, first[1].0], [published[2], published[3]], "with their ids");
    prices.publish(&5).key("a").await.unwrap();
    assert_eq!(data(&read(&mut events, 5).await), [5], "and no event twice");
    // Another subscriber reads a page of the table that is in memory.
    assert_eq!(data(&read(&mut new(&prices, ALL), 5).await), [3, 4, 5]);
    assert_eq!(data(&read(&mut new(&prices, 1), 5).await), [5], "one key");
    // Without history, a subscriber receives only new events.
    let mut events = new(&prices, 0);
    prices.publish(&6).key("a").await.unwrap();
    assert_eq!(data(&read(&mut events, 6).await), [6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_resumes_at_the_id_of_an_evicted_event_of_a_key_is_told_what_is_missing() {
    let folder = LogFolder::new();
    let log = small(&folder);
    for key in 0..3 {
        log.publish(keyed("prices", key, key)).await.unwrap();
    }
    flood(&log).await;
    drop(log);
    let log = small(&folder);
    let prices = node(&log).topic(PRICES);
    prices.publish(&3).key("3").await.unwrap();
    let first = read(&mut new(&prices, ALL), 3).await;
    assert_eq!(data(&first), [0, 1, 2, 3]);
    for (at, _) in &first[..3] {
        assert!(log.look_up(*at).await.unwrap().is_past);
        let mut resumed = prices.subscribe().on_lag(OnLag::Conflate).after(*at).events();
        let Received::Gap(gap) = next(&mut resumed).await else { panic!("a gap") };
        assert_eq!(gap.reason, GapReason::Evicted);
        assert_eq!(data(&read(&mut resumed, 3).await), [3]);
    }
    let mut resumed = prices.subscribe().on_lag(OnLag::Conflate).after(first[3].0).events();
    prices.publish(&4).key("3").await.unwrap();
    assert_eq!(data(&read(&mut resumed, 4).await), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_resumes_among_the_keys_misses_none_if_the_log_has_them() {
    let folder = LogFolder::new();
    let log = folder.open();
    for number in 0..200 {
        let topic = if number % 3 == 0 { "rates" } else { "prices" };
        log.publish(keyed(topic, number, number)).await.unwrap();
    }
    let topics = node(&log);
    let both = topics.topic(PRICES).and(&topics.topic(RATES));
    let subscribe = || both.subscribe().on_lag(OnLag::Conflate);
    let text = |received| match received {
        Some(Received::Event { position, data, .. }) => (position, data),
        other => panic!("{other:?}"),
    };
    let mut events = subscribe().history(ALL).text_events();
    for number in 0..200 {
        let (position, data) = text(events.next().await);
        assert_eq!(data, number.to_string(), "in the order of the log");
        if number % 40 == 7 {
            // Simulates a disconnected client that resumes.
            events = subscribe().after(position).text_events();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_purged_and_expired_events_of_keys_are_not_sent() {
    let folder = LogFolder::new();
    let log = small(&folder);
    let mut stored = Vec::new();
    for key in 0..4 {
        stored.push(log.publish(keyed("prices", key, key)).await.unwrap().position);
    }
    let expires_after = Some(Duration::from_millis(1));
    let brief = keyed("prices", 3, 4);
    log.publish(Draft { expires_after, ..brief }).await.unwrap();
    flood(&log).await;
    let topics = node(&log);
    let prices = topics.topic(PRICES);
    prices.publish(&9).await.unwrap();
    assert_eq!(data(&read(&mut new(&prices, ALL), 9).await), [0, 1, 2, 9]);
    let mut begun = new(&prices, ALL);
    assert!(matches!(next(&mut begun).await, Received::Event { data: 0, .. }));
    assert!(prices.delete(stored[1]).await.unwrap());
    assert_eq!(data(&read(&mut new(&prices, ALL), 9).await), [0, 2, 9]);
    // The expired event may be deleted already.
    assert!((3..=4).contains(&prices.purge().await.unwrap()));
    prices.publish(&10).await.unwrap();
    assert_eq!(data(&read(&mut new(&prices, ALL), 10).await), [10]);
    drop((prices, topics));
    assert_eq!(data(&read(&mut new(&node(&log).topic(PRICES), ALL), 10).await), [10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_sent_page_by_page_while_they_change() {
    const KEYS: u32 = 4_000;
    let folder = LogFolder::new();
    let log = folder.open();
    let padded = |key: u32, number: u32| keyed("prices", key, format!("{number:>400}"));
    publish_all(&log, (0..KEYS).map(|key| padded(key, key))).await;
    let prices = node(&log).topic(PRICES);
    let mut events = new(&prices, ALL);
    let mut seen = vec![None; KEYS as usize];
    let Received::Event { data: first, .. } = next(&mut events).await else { panic!() };
    assert_eq!(first, 0);
    // Every third key changes while the first pages are sent.
    publish_all(&log, (0..KEYS).step_by(3).map(|key| padded(key, KEYS + key))).await;
    prices.publish(&u32::MAX).await.unwrap();
    let mut last = None;
    for (position, number) in read(&mut events, u32::MAX).await {
        assert!(last < Some(position.sequence), "no event twice");
        last = Some(position.sequence);
        if number != u32::MAX {
            seen[(number % KEYS) as usize] = Some(number);
        }
    }
    seen[0] = seen[0].or(Some(0));
    for (key, number) in (0..KEYS).zip(seen) {
        assert_eq!(number, Some(if key % 3 == 0 { KEYS + key } else { key }));
    }
    // The last 100 events are also the newest events of the 100 keys that changed last.
    let recent = read(&mut new(&prices, 100), u32::MAX).await;
    assert!((99..=101).contains(&recent.len()), "{}", recent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_beside_another_process_starts_with_what_that_published() {
    let folder = LogFolder::new();
    let (one, two) = (small(&folder), small(&folder));
    let there = node(&two).topic(PRICES);
    for key in 0..20_u32 {
        there.publish(&key).key(key.to_string()).await.unwrap();
    }
    flood(&two).await;
    let here = node(&one).topic(PRICES);
    let mut live = new(&here, ALL);
    assert_eq!(data(&read(&mut live, 19).await), (0..20).collect::<Vec<_>>());
    there.publish(&20).key("0").await.unwrap();
    assert_eq!(data(&read(&mut live, 20).await), [20]);
    assert_eq!(data(&read(&mut new(&here, ALL), 20).await), (1..21).collect::<Vec<_>>());
}
