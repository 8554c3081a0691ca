//! Pages with the newest events of keys: when the cursor of a stream leaves them, when a node drops them, and
//! when it reads them again.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::{Deletion, Draft};
use hyperpoint::topics::{Position, Received, TopicEvents, TopicsOptions};
use hyperpoint::{GapReason, OnLag, Topic, TopicLimits};

use super::received;
use super::scripted_backplane::{Log, ScriptedBackplane};
use crate::wire::within;

const PRICES: TopicName<String> = TopicName::new("prices");
const KIB: usize = 1024;

/// A log that keeps the newest events of keys.
fn keyed_log() -> ScriptedBackplane {
    let log = ScriptedBackplane::new();
    log.change(Log::keep_keys);
    log
}

fn draft(topic: &str, data: impl Into<String>) -> Draft {
    let (name, key, expires_after, once) = Default::default();
    Draft { topic: topic.to_owned(), name, data: data.into(), key, expires_after, once }
}

/// Publishes an event with a key. Its data is text in JSON, of this size.
fn put(log: &ScriptedBackplane, key: &str, data: &str, bytes: usize) -> Position {
    let draft = draft("prices", format!("{data:?}{}", " ".repeat(bytes)));
    log.change(|log| log.put(Draft { key: Some(key.to_owned()), ..draft }))
}

/// Publishes ten events of another topic, with which nodes start.
fn put_others(log: &ScriptedBackplane) {
    for _ in 0..10 {
        log.change(|log| log.put(draft("others", "0")));
    }
}

/// A node that starts with the last ten events of the log.
fn node(log: &ScriptedBackplane, set: impl FnOnce(&mut TopicsOptions)) -> Topic<String> {
    let topics = Topics::with_backplane(log.clone(), |options| {
        options.preload_events = 10;
        set(options);
    });
    topics.topic(PRICES)
}

fn begin(prices: &Topic<String>) -> TopicEvents<String> {
    begin_with(prices, usize::MAX)
}

fn begin_with(prices: &Topic<String>, keys: usize) -> TopicEvents<String> {
    prices.subscribe().on_lag(OnLag::Conflate).history(keys).events()
}

async fn next(events: &mut TopicEvents<String>) -> Received<String> {
    within(events.next()).await.unwrap()
}

/// Reads up to this event, and until the stream waits. Panics at a gap.
async fn read_to(events: &mut TopicEvents<String>, last: &str) -> Vec<String> {
    let mut read = Vec::new();
    while read.last().map(String::as_str) != Some(last) {
        read.push(received::event(next(events).await).unwrap());
    }
    assert!(events.next().now_or_never().is_none(), "the stream is live");
    read
}

/// A stream of every event from now on.
fn watch(prices: &Topic<String>) -> TopicEvents<String> {
    let mut events = prices.subscribe().events();
    assert!(events.next().now_or_never().is_none() && events.position().is_some());
    events
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_sent_the_last_key_is_sent_what_follows_whatever_is_deleted() {
    let log = keyed_log();
    let first = put(&log, "a", "1", 0);
    put(&log, "b", "2", 0);
    put(&log, "c", "3", 0);
    put_others(&log);
    let prices = node(&log, |_| {});
    let mut events = begin(&prices);
    assert_eq!(read_to(&mut events, "3").await, ["1", "2", "3"]);
    assert!(prices.delete(first).await.unwrap());
    put(&log, "d", "4", 0);
    assert_eq!(read_to(&mut events, "4").await, ["4"]);
}

#[tokio::test(start_paused = true)]
async fn live_streams_hold_no_page_with_which_they_began() {
    let log = keyed_log();
    for key in 0..20 {
        put(&log, &key.to_string(), "0", 10 * KIB);
    }
    put_others(&log);
    // An eighth of it is the limit on pages with the newest events of keys.
    let prices = node(&log, |options| options.total_bytes = 8 * KIB * KIB);
    let mut live = Vec::new();
    for number in 1..20 {
        let number = number.to_string();
        put(&log, "changed", &number, 0);
        let mut events = begin(&prices);
        read_to(&mut events, &number).await;
        live.push(events);
    }
}

#[tokio::test(start_paused = true)]
async fn live_streams_hold_no_page_with_which_they_resumed() {
    let log = ScriptedBackplane::new();
    let first = put(&log, "a", "0", 0);
    for number in 1..100 {
        put(&log, "a", &number.to_string(), 10 * KIB);
    }
    // A quarter of it is the limit on pages.
    let prices = node(&log, |options| {
        options.total_bytes = 4 * KIB * KIB;
        options.limits = TopicLimits { events: 5, ..TopicLimits::DEFAULT };
    });
    let mut live = Vec::new();
    for _ in 0..10 {
        let mut events = prices.subscribe().on_lag(OnLag::Resume).after(first).events();
        assert_eq!(read_to(&mut events, "99").await.len(), 99);
        live.push(events);
    }
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_a_topic_are_read_again_only_after_one_of_them_has_changed() {
    let log = keyed_log();
    let first = put(&log, "a", "1", 0);
    put(&log, "b", "2", 0);
    put_others(&log);
    let prices = node(&log, |_| {});
    let reads = || log.change(|log| log.key_reads);
    read_to(&mut begin(&prices), "2").await;
    let (before, mut all) = (reads(), watch(&prices));
    for number in 0..20 {
        let other = draft(&format!("others/{number}"), "0");
        log.change(|log| log.put(Draft { key: Some("a".to_owned()), ..other.clone() }));
        log.change(|log| log.put(other));
        if number >= 10 {
            log.change(|log| log.put(draft("prices", "\"no key\"")));
            read_to(&mut all, "no key").await;
        } else {
            // The node has followed the events by then.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut events = begin(&prices);
        assert_eq!(received::event(next(&mut events).await).unwrap(), "1");
        assert_eq!(received::event(next(&mut events).await).unwrap(), "2");
    }
    // Topics may share the record of a change, but not many do.
    assert!(reads() <= before + 3, "{} and {before}", reads());
    assert!(prices.delete(first).await.unwrap());
    assert_eq!(received::event(next(&mut begin(&prices)).await).unwrap(), "2");
    put(&log, "b", "3", 0);
    read_to(&mut all, "3").await;
    assert_eq!(received::event(next(&mut begin(&prices)).await).unwrap(), "no key");
}

#[tokio::test(start_paused = true)]
async fn streams_that_begin_with_various_numbers_of_keys_share_what_is_read() {
    const KEYS: usize = 100;
    let log = keyed_log();
    for key in 0..KEYS {
        put(&log, &key.to_string(), &key.to_string(), 0);
    }
    put_others(&log);
    let prices = node(&log, |_| {});
    for keys in 1..=KEYS + 10 {
        let read = read_to(&mut begin_with(&prices, keys), "99").await;
        assert_eq!(read.len(), keys.min(KEYS));
    }
    assert_eq!(log.change(|log| log.key_reads), 8, "one for each power of two");
}

#[tokio::test(start_paused = true)]
async fn keys_of_several_pages_are_sent_from_the_number_that_was_asked_for() {
    const KEYS: usize = 100;
    let log = keyed_log();
    for key in 0..KEYS {
        put(&log, &key.to_string(), &key.to_string(), 10 * KIB);
    }
    put_others(&log);
    let prices = node(&log, |_| {});
    for keys in [1, 20, 40, 60, 99, 100, usize::MAX] {
        let read = read_to(&mut begin_with(&prices, keys), "99").await;
        let listed = keys.checked_next_power_of_two().unwrap_or(KEYS).min(KEYS);
        assert!((keys.min(KEYS)..=listed).contains(&read.len()), "{} of {keys}", read.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_newest_event_no_node_received_has_no_older_event() {
    let log = keyed_log();
    put(&log, "a", "1", 0);
    put(&log, "b", "2", 0);
    put(&log, "c", "3", 0);
    put_others(&log);
    let prices = node(&log, |_| {});
    assert_eq!(read_to(&mut begin(&prices), "3").await, ["1", "2", "3"]);
    let mut all = watch(&prices);
    log.change(|log| log.is_held = true);
    let deleted = put(&log, "a", "4", 0);
    log.change(|log| log.delete("prices", Deletion::Event(deleted.sequence)));
    let expired = Draft { expires_after: Some(Duration::ZERO), ..draft("prices", "5") };
    log.change(|log| log.put(Draft { key: Some("b".to_owned()), ..expired }));
    log.change(|log| log.put(draft("prices", "\"6\"")));
    log.change(|log| log.is_held = false);
    read_to(&mut all, "6").await;
    assert_eq!(read_to(&mut begin(&prices), "6").await, ["3", "6"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_key_that_is_too_large_for_the_node_is_a_gap() {
    let log = keyed_log();
    put(&log, "a", "1", 0);
    put(&log, "b", "2", 2 * KIB);
    put(&log, "c", "3", 0);
    put_others(&log);
    let prices = node(&log, |options| options.max_event_bytes = KIB);
    for _ in 0..2 {
        let mut events = begin(&prices);
        assert_eq!(received::event(next(&mut events).await).unwrap(), "1");
        let gap = received::gap(next(&mut events).await).unwrap();
        assert_eq!(gap.reason, GapReason::Evicted);
        assert_eq!(read_to(&mut events, "3").await, ["3"]);
    }
}
