//! Deletions while a node has read events of its backplane that it has not delivered yet, and while it reads
//! pages.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::{Deletion, Draft};
use hyperpoint::topics::{Position, TopicEvents};
use hyperpoint::{OnLag, TopicLimits};

use super::received;
use super::scripted_backplane::ScriptedBackplane;
use crate::wire::{eventually, within};

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const NAMED: TopicTemplate<u32> = TopicTemplate::new("numbers/{name}");
const OTHERS: TopicName<u32> = TopicName::new("others");

fn topics(log: &ScriptedBackplane, events: usize) -> Topics {
    let limits = TopicLimits { events, ..TopicLimits::DEFAULT };
    Topics::with_backplane(log.clone(), |options| options.limits = limits)
}

/// Waits until the subscription has started.
async fn started(mut events: TopicEvents<u32>) -> TopicEvents<u32> {
    eventually(|| events.position().is_some() || events.next().now_or_never().is_some()).await;
    events
}

async fn publish(topics: &Topics, numbers: std::ops::Range<u32>) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in numbers {
        positions.push(topics.topic(NUMBERS).publish(&number).await.unwrap().position());
    }
    positions
}

/// Reads up to this number. Panics at a gap.
async fn read_to(events: &mut TopicEvents<u32>, last: u32) -> Vec<u32> {
    let mut read = Vec::new();
    while read.last() != Some(&last) {
        let next = within(events.next()).await.unwrap();
        read.push(received::event(next).unwrap());
    }
    read
}

/// Has followers read further events, but not deliver them.
fn hold(log: &ScriptedBackplane) {
    log.change(|log| log.delivers_through = log.last);
}

/// Has followers deliver events up to this position, but not the deletions after it.
fn deliver(log: &ScriptedBackplane, through: Position) {
    log.change(|log| log.delivers_through = through.sequence);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_was_deleted_before_the_node_delivered_it_is_not_delivered() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 100);
    let (numbers, others) = (topics.topic(NUMBERS), topics.topic(OTHERS));
    let mut events = started(numbers.subscribe().events()).await;
    hold(&log);
    let positions = publish(&topics, 1..6).await;
    tokio::task::yield_now().await;
    assert!(numbers.delete(positions[1]).await.unwrap());
    assert!(!others.delete(positions[1]).await.unwrap(), "it is of another topic");
    assert!(!others.delete(positions[2]).await.unwrap(), "it is of another topic");
    deliver(&log, positions[4]);
    assert_eq!(read_to(&mut events, 5).await, [1, 3, 4, 5]);

    // The same with all events of a topic.
    publish(&topics, 6..9).await;
    let other = others.publish(&1).await.unwrap().position();
    tokio::task::yield_now().await;
    assert_eq!(numbers.purge().await.unwrap(), 7);
    deliver(&log, other);
    let mut kept = others.subscribe().history(9).events();
    assert_eq!(read_to(&mut kept, 1).await, [1], "other topics have what they had");
    assert_eq!(events.next().now_or_never(), None);
    let last = publish(&topics, 9..11).await[1];
    deliver(&log, last);
    assert_eq!(read_to(&mut events, 10).await, [9, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_in_one_generation_deletes_no_event_of_the_next_one() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 100);
    let mut events = started(topics.topic(NUMBERS).subscribe().events()).await;
    publish(&topics, 0..1).await;
    assert_eq!(read_to(&mut events, 0).await, [0]);
    hold(&log);
    let positions = publish(&topics, 1..4).await;
    assert!(topics.topic(NUMBERS).delete(positions[1]).await.unwrap());
    // A copy is restored, and events get the same numbers in a new generation.
    log.change(|log| log.restore(1));
    let again = publish(&topics, 11..14).await;
    assert_eq!(again[1].sequence, positions[1].sequence);
    deliver(&log, again[2]);
    assert_eq!(read_to(&mut events, 13).await, [11, 12, 13]);
}

#[tokio::test(start_paused = true)]
async fn more_deletions_than_a_node_remembers_are_honoured_all_the_same() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 10_000);
    let numbers = topics.topic(NAMED.with(["x".repeat(5_000)]));
    let mut events = started(numbers.subscribe().events()).await;
    hold(&log);
    let mut positions = Vec::new();
    for number in 0..600 {
        positions.push(numbers.publish(&number).await.unwrap().position());
    }
    tokio::task::yield_now().await;
    for position in &positions[..500] {
        assert!(numbers.delete(*position).await.unwrap());
    }
    deliver(&log, positions[599]);
    assert_eq!(read_to(&mut events, 599).await, (500..600).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_key_of_an_event_that_was_deleted_before_the_node_delivered_it_has_no_older_event() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 100);
    let numbers = topics.topic(NUMBERS);
    let mut events = started(numbers.subscribe().events()).await;
    numbers.publish(&1).key("a").await.unwrap();
    numbers.publish(&2).key("b").await.unwrap();
    read_to(&mut events, 2).await;
    hold(&log);
    let newest = numbers.publish(&3).key("a").await.unwrap().position();
    let last = numbers.publish(&4).await.unwrap().position();
    tokio::task::yield_now().await;
    assert!(numbers.delete(newest).await.unwrap());
    deliver(&log, last);
    assert_eq!(read_to(&mut events, 4).await, [4]);
    let conflated = || numbers.subscribe().history(9).on_lag(OnLag::Conflate).events();
    assert_eq!(read_to(&mut conflated(), 4).await, [2, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_read_while_events_of_other_topics_are_deleted_is_read_once() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..20).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 19).await, [19]);
    log.change(|log| log.holds_pages = true);
    let numbers = topics.topic(NUMBERS);
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[0]).events();
    assert_eq!(resumed.next().now_or_never(), None);
    eventually(|| log.change(|log| log.reads) == 1).await;
    for number in 0..5 {
        let other = topics.topic(OTHERS).publish(&number).await.unwrap();
        assert!(topics.topic(OTHERS).delete(other.position()).await.unwrap());
    }
    log.change(|log| log.holds_pages = false);
    assert_eq!(read_to(&mut resumed, 19).await, (1..20).collect::<Vec<_>>());
    assert_eq!(log.change(|log| log.reads), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_read_while_its_events_are_deleted_is_read_once_and_has_none_of_them() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..20).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 19).await, [19]);
    log.change(|log| log.holds_pages = true);
    let numbers = topics.topic(NUMBERS);
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[0]).events();
    assert_eq!(resumed.next().now_or_never(), None);
    eventually(|| log.change(|log| log.reads) == 1).await;
    for deleted in [3, 5, 7] {
        assert!(numbers.delete(positions[deleted]).await.unwrap());
    }
    log.change(|log| log.holds_pages = false);
    let left: Vec<_> = (1..20).filter(|number| ![3, 5, 7].contains(number)).collect();
    assert_eq!(read_to(&mut resumed, 19).await, left);
    assert_eq!(log.change(|log| log.reads), 1);
    // A page that was read before is used again, without what was deleted since.
    assert!(numbers.delete(positions[10]).await.unwrap());
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[8]).events();
    let left: Vec<_> = (9..20).filter(|number| *number != 10).collect();
    assert_eq!(read_to(&mut resumed, 19).await, left);
    assert_eq!(log.change(|log| log.reads), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_read_once_however_many_events_of_its_topic_are_deleted_meanwhile() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..6_000).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 5_999).await, [5_999]);
    log.change(|log| log.deletes_in_reads = 1_500);
    let numbers = topics.topic(NUMBERS);
    let mut resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[0]).events();
    let first = within(resumed.next()).await.unwrap();
    assert_eq!(received::event(first), Ok(1));
    assert_eq!(log.change(|log| log.reads), 1);
    log.change(|log| log.deletes_in_reads = 0);
    let last = publish(&topics, 9_999..10_000).await[0];
    let read = read_to(&mut resumed, 9_999).await;
    assert_eq!(resumed.position(), Some(last));
    let left: Vec<_> = log.change(|log| {
        let left = log.entries.iter().filter(|entry| entry.deletes.is_none());
        left.map(|entry| entry.data.parse::<u32>().unwrap()).skip(2).collect()
    });
    assert_eq!(read, left);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_used_after_the_node_missed_deletions_in_it() {
    let log = ScriptedBackplane::new();
    let topics = topics(&log, 2);
    let positions = publish(&topics, 0..20).await;
    let mut live = topics.topic(NUMBERS).subscribe().history(1).events();
    assert_eq!(read_to(&mut live, 19).await, [19]);
    let resume = || topics.topic(NUMBERS).subscribe().after(positions[0]).events();
    assert_eq!(read_to(&mut resume(), 19).await, (1..20).collect::<Vec<_>>());
    // The node is disconnected meanwhile.
    log.change(|log| {
        log.delete("numbers", Deletion::Event(positions[10].sequence));
        for _ in 0..20 {
            let (topic, data) = ("others".to_owned(), "0".to_owned());
            let (name, key, expires_after, once) = Default::default();
            log.put(Draft { topic, name, data, key, expires_after, once });
        }
        log.evict(log.last - 5);
    });
    let last = topics.topic(OTHERS).publish(&1).await.unwrap().position();
    let mut others = topics.topic(OTHERS).subscribe().history(1).events();
    while others.position() != Some(last) {
        let _ = within(others.next()).await;
    }
    let gap = received::gap(within(resume().next()).await.unwrap()).unwrap();
    assert_eq!(gap.reason.to_string(), "evicted");
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_deletion_the_node_missed_is_not_delivered_once_it_follows_again() {
    let log = ScriptedBackplane::new();
    let (publisher, behind) = (topics(&log, 100), topics(&log, 100));
    let mut events = started(behind.topic(NUMBERS).subscribe().events()).await;
    hold(&log);
    publish(&publisher, 1..2).await;
    // The node has read the event, and not its deletion.
    tokio::task::yield_now().await;
    assert_eq!(publisher.topic(NUMBERS).purge().await.unwrap(), 1);
    publish(&publisher, 2..4).await;
    log.change(|log| {
        log.evict(log.last - 1);
        log.delivers_through = u64::MAX;
    });
    // The node delivers the event, finds that the next entry is evicted, and follows again.
    tokio::time::sleep(Duration::from_mins(1)).await;
    let gap = received::gap(within(events.next()).await.unwrap()).unwrap();
    assert_eq!(gap.reason.to_string(), "evicted");
    assert_eq!(read_to(&mut events, 3).await, [3]);
}

/// Publishes to another topic, and waits until the node has followed the log up to there.
async fn publish_other(topics: &Topics, others: &mut TopicEvents<u32>) {
    topics.topic(OTHERS).publish(&0).await.unwrap();
    read_to(others, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_last_events_of_a_purged_topic_resumes_without_a_gap() {
    let log = ScriptedBackplane::new();
    let early = topics(&log, 2);
    publish(&early, 0..20).await;
    log.change(|log| log.evict(5));
    let topics = Topics::with_backplane(log.clone(), |options| options.preload_events = 2);
    let numbers = topics.topic(NUMBERS);
    let mut others = started(topics.topic(OTHERS).subscribe().events()).await;
    numbers.purge().await.unwrap();
    let client = started(numbers.subscribe().history(9).events()).await;
    let position = client.position().unwrap();
    drop(client);
    publish_other(&topics, &mut others).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    for _ in 0..3 {
        drop(topics.topic(OTHERS).subscribe().events());
    }
    assert_eq!(topics.count(), 1, "the topic is freed");
    publish(&topics, 20..21).await;
    publish_other(&topics, &mut others).await;
    let mut resumed = numbers.subscribe().after(position).events();
    assert_eq!(read_to(&mut resumed, 20).await, [20]);
}
