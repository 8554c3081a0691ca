//! The eviction of events that are deleted or have expired already: no client has lost anything.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, TopicEvents};
use hyperpoint::{OnLag, TopicLimits, TopicSet};

use super::received;

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const OTHERS: TopicName<u32> = TopicName::new("others");
const LARGE: TopicName<String> = TopicName::new("large");
const SECOND: Duration = Duration::from_secs(1);
const FEW: TopicLimits = TopicLimits { events: 2, ..TopicLimits::DEFAULT };

fn few() -> Topics {
    Topics::new(|options| options.limits = FEW)
}

async fn publish(topics: &Topics, number: u32) -> Position {
    topics.topic(NUMBERS).publish(&number).await.unwrap().position()
}

async fn publish_expiring(topics: &Topics, number: u32) -> Position {
    let numbers = topics.topic(NUMBERS);
    numbers.publish(&number).expires_after(SECOND).await.unwrap().position()
}

/// Returns the data that is ready. Panics at a gap.
fn ready(events: &mut TopicEvents<u32>) -> Vec<u32> {
    let ready = std::iter::from_fn(|| events.next().now_or_never().flatten());
    ready.map(|received| received::event(received).unwrap()).collect()
}

/// Returns what a client gets that resumes after a position. Panics at a gap.
fn resumed(topics: &Topics, after: Position) -> Vec<u32> {
    ready(&mut topics.topic(NUMBERS).subscribe().after(after).events())
}

#[tokio::test]
async fn the_eviction_of_a_deleted_event_is_no_gap() {
    let topics = few();
    let mut slow = topics.topic(NUMBERS).subscribe().events();
    let first = publish(&topics, 1).await;
    assert_eq!(ready(&mut slow), [1]);
    let deleted = publish(&topics, 2).await;
    assert!(topics.topic(NUMBERS).delete(deleted).await.unwrap());
    for number in [3, 4] {
        publish(&topics, number).await;
    }
    assert_eq!(resumed(&topics, first), [3, 4]);
    assert_eq!(ready(&mut slow), [3, 4]);
    let page = topics.topic(NUMBERS).read().after(first).events().await.unwrap();
    let read: Vec<_> =
        page.events.into_iter().map(|event| received::event(event).unwrap()).collect();
    assert_eq!(read, [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn the_eviction_of_an_expired_event_is_no_gap() {
    let topics = few();
    let first = publish(&topics, 1).await;
    publish_expiring(&topics, 2).await;
    tokio::time::advance(SECOND).await;
    for number in [3, 4] {
        publish(&topics, number).await;
    }
    assert_eq!(resumed(&topics, first), [3, 4]);
    let lasting = publish(&topics, 5).await;
    assert_eq!(ready(&mut topics.topic(NUMBERS).subscribe().after(lasting).events()), [0; 0]);
    let mut late = topics.topic(NUMBERS).subscribe().after(first).events();
    let gap = received::gap(late.next().await.unwrap()).unwrap();
    assert_eq!(gap.reason.to_string(), "evicted", "3 is missing");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_was_freed_after_its_last_events_expired_has_lost_nothing() {
    let topics = Topics::default();
    let first = topics.topic(OTHERS).publish(&0).await.unwrap().position();
    publish_expiring(&topics, 1).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    for _ in 0..3 {
        topics.topic(OTHERS).publish(&0).await.unwrap();
    }
    assert_eq!(topics.count(), 1, "the topic is freed");
    assert_eq!(resumed(&topics, first), [0; 0]);
    publish(&topics, 2).await;
    assert_eq!(resumed(&topics, first), [2]);
}

/// Publishes and deletes an event, has its place evicted by those of another topic, and publishes.
async fn check_waiting(topics: &Topics, mut slow: TopicEvents<u32>) {
    let deleted = publish(topics, 1).await;
    assert!(topics.topic(NUMBERS).delete(deleted).await.unwrap());
    for _ in 0..20 {
        topics.topic(LARGE).publish(&"x".repeat(10_000)).await.unwrap();
    }
    assert_eq!(slow.next().now_or_never(), None, "it waits, and is not busy");
    publish(topics, 2).await;
    assert_eq!(ready(&mut slow), [2]);
}

#[tokio::test]
async fn a_subscriber_of_a_topic_with_nothing_but_evicted_places_waits() {
    let small = || Topics::new(|options| options.total_bytes = 50_000);
    for on_lag in [OnLag::Gap, OnLag::Latest, OnLag::Conflate] {
        let topics = small();
        let slow = topics.topic(NUMBERS).subscribe().on_lag(on_lag).events();
        check_waiting(&topics, slow).await;
        let topics = small();
        let both = TopicSet::of([&topics.topic(NUMBERS), &topics.topic(OTHERS)]);
        check_waiting(&topics, both.subscribe().on_lag(on_lag).events()).await;
    }
}

#[tokio::test]
async fn a_client_that_resumes_before_a_purge_misses_nothing_also_if_events_were_evicted_before() {
    let topics = few();
    let first = publish(&topics, 1).await;
    for number in 2..9 {
        publish(&topics, number).await;
    }
    assert!(topics.topic(NUMBERS).purge().await.unwrap() <= 8);
    assert_eq!(resumed(&topics, first), [0; 0]);
    publish(&topics, 9).await;
    assert_eq!(resumed(&topics, first), [9]);
    let page = topics.topic(NUMBERS).read().after(first).events().await.unwrap();
    assert_eq!(page.events.len(), 1);
}

/// Lets the events of a topic age, so that it is freed.
async fn free(topics: &Topics) {
    tokio::time::advance(Duration::from_hours(1)).await;
    for _ in 0..3 {
        topics.topic(OTHERS).publish(&0).await.unwrap();
    }
    assert_eq!(topics.count(), 1, "the topic is freed");
}

#[tokio::test(start_paused = true)]
async fn a_purge_includes_events_from_before_the_topic_was_freed() {
    let topics = Topics::default();
    let first = publish(&topics, 1).await;
    publish(&topics, 2).await;
    free(&topics).await;
    publish(&topics, 3).await;
    assert_eq!(topics.topic(NUMBERS).purge().await.unwrap(), 1);
    free(&topics).await;
    publish(&topics, 4).await;
    assert_eq!(resumed(&topics, first), [4]);
}

#[tokio::test(start_paused = true)]
async fn a_purge_of_a_freed_topic_leaves_nothing_that_is_lost() {
    let topics = Topics::default();
    let first = topics.topic(OTHERS).publish(&0).await.unwrap().position();
    topics.topic(OTHERS).publish(&0).await.unwrap();
    publish(&topics, 1).await;
    tokio::time::advance(Duration::from_hours(1)).await;
    for _ in 0..3 {
        topics.topic(OTHERS).publish(&0).await.unwrap();
    }
    assert_eq!(topics.count(), 1, "the topic is freed");
    assert_eq!(topics.topic(NUMBERS).purge().await.unwrap(), 0);
    assert_eq!(resumed(&topics, first), [0; 0]);
    let mut others = topics.topic(OTHERS).subscribe().after(first).events();
    assert!(
        received::gap(others.next().await.unwrap()).is_ok(),
        "other topics lost what they lost"
    );
}
