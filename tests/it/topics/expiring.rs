//! Events that expire: they are not sent to any client, and are not reported as a gap.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::{Backplane, Draft};
use hyperpoint::topics::{Received, TopicEvents};
use hyperpoint::{OnLag, TopicLimits};
use hyperpoint_sqlite::SqliteLog;

use super::received;
use super::scripted_backplane::ScriptedBackplane;
use crate::wire::eventually;

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const SECONDS: Duration = Duration::from_secs(10);

/// Publishes 0 to 5, of which the odd ones expire.
async fn publish(topics: &Topics, expires_after: Duration) -> Vec<hyperpoint::topics::Position> {
    let mut positions = Vec::new();
    for number in 0..6_u32 {
        let numbers = topics.topic(NUMBERS);
        let publish = numbers.publish(&number);
        let publish = if number % 2 == 1 { publish.expires_after(expires_after) } else { publish };
        positions.push(publish.await.unwrap().position());
    }
    positions
}

/// Returns the data that is ready. Panics at a gap.
fn ready(events: &mut TopicEvents<u32>) -> Vec<u32> {
    let ready = std::iter::from_fn(|| events.next().now_or_never().flatten());
    ready.map(|received| received::event(received).unwrap()).collect()
}

async fn read(topics: &Topics) -> Vec<u32> {
    let page = topics.topic(NUMBERS).read().events().await.unwrap();
    page.events.into_iter().map(|received| received::event(received).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_a_resuming_one_and_a_page_get_no_expired_event() {
    let topics = Topics::default();
    let numbers = topics.topic(NUMBERS);
    let mut slow = numbers.subscribe().events();
    let positions = publish(&topics, SECONDS).await;
    assert_eq!(read(&topics).await, [0, 1, 2, 3, 4, 5]);
    let resume = || numbers.subscribe().after(positions[0]).events();
    assert_eq!(ready(&mut resume()), [1, 2, 3, 4, 5]);
    tokio::time::advance(Duration::from_millis(9_999)).await;
    assert_eq!(ready(&mut resume()), [1, 2, 3, 4, 5], "it is time yet");
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(ready(&mut resume()), [2, 4]);
    assert_eq!(ready(&mut slow), [0, 2, 4]);
    assert_eq!(read(&topics).await, [0, 2, 4]);
    let mut newest = numbers.subscribe().history(2).events();
    assert_eq!(ready(&mut newest), [2, 4], "history counts those that are left");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_keeps_up_gets_each_event_in_time() {
    let topics = Topics::default();
    let mut events = topics.topic(NUMBERS).subscribe().events();
    for number in 0..100 {
        topics
            .topic(NUMBERS)
            .publish(&number)
            .expires_after(Duration::from_millis(1))
            .await
            .unwrap();
        assert_eq!(ready(&mut events), [number]);
        topics
            .topic(NUMBERS)
            .publish(&1_000)
            .expires_after(Duration::from_millis(1))
            .await
            .unwrap();
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(ready(&mut events), [0; 0], "it came too late for the only new event");
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_of_an_expired_event_has_none_before_it_again() {
    let topics = Topics::default();
    let numbers = topics.topic(NUMBERS);
    numbers.publish(&1).key("a").await.unwrap();
    numbers.publish(&2).key("a").expires_after(SECONDS).await.unwrap();
    tokio::time::advance(SECONDS).await;
    let mut conflated = numbers.subscribe().history(9).on_lag(OnLag::Conflate).events();
    assert_eq!(ready(&mut conflated), [0; 0]);
}

#[tokio::test]
async fn the_key_of_an_event_that_expired_before_a_node_started_has_none_before_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
        Topics::with_backplane(log, |_| {})
    };
    let numbers = open().topic(NUMBERS);
    numbers.publish(&1).key("a").await.unwrap();
    numbers.publish(&2).key("b").await.unwrap();
    numbers.publish(&3).key("a").expires_after(Duration::ZERO).await.unwrap();
    drop(numbers);
    let numbers = open().topic(NUMBERS);
    let mut conflated = numbers.subscribe().history(9).on_lag(OnLag::Conflate).events();
    let received = conflated.next().await;
    assert!(matches!(received, Some(Received::Event { data: 2, .. })), "{received:?}");
}

#[tokio::test]
async fn the_key_of_an_expired_event_has_none_before_it_again_for_a_client_that_resumes() {
    let log = ScriptedBackplane::new();
    let few = TopicLimits { events: 1, ..TopicLimits::DEFAULT };
    let topics = Topics::with_backplane(log.clone(), |options| options.limits = few);
    let numbers = topics.topic(NUMBERS);
    let first = numbers.publish(&0).await.unwrap().position();
    numbers.publish(&1).key("a").await.unwrap();
    numbers.publish(&2).key("b").await.unwrap();
    numbers.publish(&3).key("a").expires_after(Duration::ZERO).await.unwrap();
    for number in 4..6 {
        numbers.publish(&number).key("c").await.unwrap();
    }
    let mut live = numbers.subscribe().history(1).events();
    assert!(matches!(live.next().await, Some(Received::Event { data: 5, .. })));
    let resumed = numbers.subscribe().on_lag(OnLag::Conflate).after(first).events();
    let received: Vec<_> = resumed.take(2).collect().await;
    let data: Vec<_> = received.into_iter().map(|each| received::event(each).unwrap()).collect();
    assert_eq!(data, [2, 5]);
}

#[tokio::test]
async fn a_log_on_disk_keeps_when_its_events_expire() {
    let folder = tempfile::tempdir().unwrap();
    let few = TopicLimits { events: 1, ..TopicLimits::DEFAULT };
    let open = || {
        let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
        Topics::with_backplane(log, |options| options.limits = few)
    };
    let topics = open();
    let positions = publish(&topics, Duration::ZERO).await;
    let lasting = topics.topic(NUMBERS);
    lasting.publish(&6).expires_after(Duration::from_hours(1)).await.unwrap();
    drop(lasting);
    assert_eq!(read(&topics).await, [0, 2, 4, 6]);
    drop(topics);
    let topics = open();
    assert_eq!(read(&topics).await, [0, 2, 4, 6]);
    let resumed = topics.topic(NUMBERS).subscribe().on_lag(OnLag::Resume).after(positions[0]);
    let mut resumed = resumed.events();
    for expected in [2, 4, 6] {
        let received = resumed.next().await;
        assert!(
            matches!(received, Some(Received::Event { data, .. }) if data == expected),
            "{received:?}"
        );
    }
}

#[tokio::test]
async fn the_time_is_that_of_the_log_whatever_the_clock_of_the_node_says() {
    let log = ScriptedBackplane::new();
    // The clock of the log is an hour behind that of the node.
    log.change(|log| log.behind = Duration::from_hours(1));
    let topics = Topics::with_backplane(log.clone(), |_| {});
    let mut events = topics.topic(NUMBERS).subscribe().events();
    eventually(|| events.position().is_some() || events.next().now_or_never().is_some()).await;
    for (data, expires_after) in
        [("1", Duration::from_mins(5)), ("2", Duration::ZERO), ("3", SECONDS)]
    {
        let (topic, data, expires_after) =
            ("numbers".to_owned(), data.to_owned(), Some(expires_after));
        let draft = Draft { topic, name: None, data, key: None, expires_after, once: None };
        log.publish(draft).await.unwrap();
    }
    for expected in [1, 3] {
        let received = events.next().await;
        assert!(
            matches!(received, Some(Received::Event { data, .. }) if data == expected),
            "{received:?}"
        );
    }
    assert_eq!(read(&topics).await, [1, 3]);
}

#[tokio::test]
async fn an_event_that_expires_is_refused_by_an_outbox() {
    let topics = Topics::default();
    let error = topics.topic(NUMBERS).publish(&1).expires_after(SECONDS).into_outbox().unwrap_err();
    assert_eq!(
        error.to_string(),
        "an outbox cannot store an event that expires; publish it directly, or remove \
         `expires_after`"
    );
}
