//! Deleted events and purged topics, as subscribers, resumes and readers see them: in memory, and with a log
//! on disk.

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Epoch, Position, Received, TopicEvents};
use hyperpoint::{OnLag, TopicLimits, TopicSet};
use hyperpoint_sqlite::SqliteLog;
use tempfile::TempDir;

use super::received;
use crate::wire::eventually;

const NUMBERS: TopicName<u32> = TopicName::new("numbers");
const OTHERS: TopicName<u32> = TopicName::new("others");
/// The two newest events are in memory.
const FEW: TopicLimits = TopicLimits { events: 2, ..TopicLimits::DEFAULT };

fn stored(folder: &TempDir, limits: TopicLimits) -> Topics {
    let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
    Topics::with_backplane(log, |options| options.limits = limits)
}

/// Topics in memory, on disk, and on disk with little memory.
fn all() -> [(Topics, Option<TempDir>); 3] {
    let on_disk = |limits| {
        let folder = tempfile::tempdir().unwrap();
        (stored(&folder, limits), Some(folder))
    };
    [(Topics::default(), None), on_disk(TopicLimits::DEFAULT), on_disk(FEW)]
}

/// Publishes numbers, with an event of another topic after each. Returns their positions.
async fn publish(topics: &Topics, numbers: std::ops::Range<u32>) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in numbers {
        positions.push(topics.topic(NUMBERS).publish(&number).await.unwrap().position());
        topics.topic(OTHERS).publish(&number).await.unwrap();
    }
    positions
}

/// Reads this number of events. Panics at a gap.
async fn take(events: &mut TopicEvents<u32>, count: usize) -> Vec<u32> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(received::event(events.next().await.unwrap()).unwrap());
    }
    taken
}

async fn read(topics: &Topics) -> Vec<u32> {
    let page = topics.topic(NUMBERS).read().events().await.unwrap();
    page.events.into_iter().map(|received| received::event(received).unwrap()).collect()
}

#[tokio::test]
async fn a_deleted_event_reaches_nobody_any_longer_and_is_no_gap() {
    for (topics, _folder) in all() {
        let numbers = topics.topic(NUMBERS);
        let mut slow = numbers.subscribe().events();
        // With a log on disk, it starts when that is followed.
        assert_eq!(slow.next().now_or_never(), None);
        eventually(|| slow.position().is_some() || slow.next().now_or_never().is_some()).await;
        let positions = publish(&topics, 0..6).await;
        for deleted in [2, 0, 5] {
            assert!(numbers.delete(positions[deleted]).await.unwrap());
            assert!(!numbers.delete(positions[deleted]).await.unwrap(), "it is gone");
        }
        assert_eq!(read(&topics).await, [1, 3, 4]);
        let resumed = numbers.subscribe().on_lag(OnLag::Resume).after(positions[1]);
        assert_eq!(take(&mut resumed.events(), 2).await, [3, 4]);
        let at_deleted = numbers.subscribe().on_lag(OnLag::Resume).after(positions[2]);
        assert_eq!(take(&mut at_deleted.events(), 2).await, [3, 4], "an id of a deleted event");
        publish(&topics, 6..7).await;
        let mut resumed = numbers.subscribe().after(positions[4]).events();
        assert_eq!(take(&mut resumed, 1).await, [6]);
    }
}

#[tokio::test]
async fn a_slow_subscriber_goes_on_after_a_purge_without_a_gap() {
    let topics = Topics::default();
    let numbers = topics.topic(NUMBERS);
    let mut slow = numbers.subscribe().events();
    publish(&topics, 0..200).await;
    assert_eq!(numbers.purge().await.unwrap(), 200);
    assert_eq!(slow.next().now_or_never(), None, "it waits, and is not busy");
    assert_eq!(numbers.purge().await.unwrap(), 0);
    publish(&topics, 200..202).await;
    assert_eq!(take(&mut slow, 2).await, [200, 201]);
    let page = topics.topic(OTHERS).read().limit(1_000).events().await.unwrap();
    assert_eq!(page.events.len(), 202, "other topics have what they had");
    let memory = topics.bytes();
    publish(&topics, 202..203).await;
    assert!(topics.bytes() > memory);
}

#[tokio::test]
async fn a_purge_while_clients_resume_gives_them_what_is_left() {
    for (topics, _folder) in all() {
        let numbers = topics.topic(NUMBERS);
        let positions = publish(&topics, 0..50).await;
        let resume = || numbers.subscribe().on_lag(OnLag::Resume).after(positions[9]).events();
        let mut resumed: Vec<_> = (0..8).map(|_| resume()).collect();
        // Some of them have begun to read.
        for events in &mut resumed[..4] {
            assert_eq!(take(events, 1).await, [10]);
        }
        assert_eq!(numbers.purge().await.unwrap(), 50);
        publish(&topics, 50..53).await;
        resumed.push(resume());
        for events in &mut resumed {
            let mut seen = Vec::new();
            while seen.last() != Some(&52) {
                seen.extend(take(events, 1).await);
            }
            // A page that was sent already is not called back.
            assert!(seen.is_sorted() && seen.ends_with(&[50, 51, 52]), "{seen:?}");
        }
        assert_eq!(take(&mut resume(), 3).await, [50, 51, 52]);
        assert_eq!(read(&topics).await, [50, 51, 52]);
    }
}

#[tokio::test]
async fn history_counts_the_events_that_are_left() {
    let topics = Topics::default();
    let positions = publish(&topics, 0..6).await;
    for deleted in [4, 5] {
        assert!(topics.topic(NUMBERS).delete(positions[deleted]).await.unwrap());
    }
    let mut events = topics.topic(NUMBERS).subscribe().history(2).events();
    assert_eq!(take(&mut events, 2).await, [2, 3]);
    let mut latest = topics.topic(NUMBERS).subscribe().history(2).on_lag(OnLag::Latest).events();
    assert_eq!(take(&mut latest, 1).await, [3]);
}

#[tokio::test]
async fn if_the_newest_event_is_deleted_no_older_one_follows_a_later_one_of_another_topic() {
    let topics = Topics::default();
    let (numbers, others) = (topics.topic(NUMBERS), topics.topic(OTHERS));
    let both = TopicSet::of([&numbers, &others]);
    let mut latest = both.subscribe().on_lag(OnLag::Latest).events();
    assert_eq!(latest.next().now_or_never(), None);
    others.publish(&1).await.unwrap();
    numbers.publish(&2).await.unwrap();
    let newest = others.publish(&3).await.unwrap();
    assert_eq!(take(&mut latest, 1).await, [2]);
    assert!(others.delete(newest.position()).await.unwrap());
    assert_eq!(latest.next().now_or_never(), None, "1 was published before 2");
    others.publish(&4).await.unwrap();
    assert_eq!(take(&mut latest, 1).await, [4]);
}

#[tokio::test]
async fn the_newest_event_of_a_key_leaves_the_key_without_one() {
    let topics = Topics::default();
    let numbers = topics.topic(NUMBERS);
    numbers.publish(&1).key("a").await.unwrap();
    numbers.publish(&2).key("b").await.unwrap();
    let newest = numbers.publish(&3).key("a").await.unwrap();
    assert!(numbers.delete(newest.position()).await.unwrap());
    let conflated = || numbers.subscribe().history(9).on_lag(OnLag::Conflate).events();
    assert_eq!(take(&mut conflated(), 1).await, [2]);
    numbers.publish(&4).key("a").await.unwrap();
    assert_eq!(take(&mut conflated(), 2).await, [2, 4]);
}

#[tokio::test]
async fn a_deletion_by_another_topic_or_by_an_id_of_another_log_deletes_nothing() {
    for (topics, _folder) in all() {
        let positions = publish(&topics, 0..3).await;
        assert!(!topics.topic(OTHERS).delete(positions[1]).await.unwrap());
        let foreign = Position { epoch: Epoch::random(), ..positions[1] };
        assert!(!topics.topic(NUMBERS).delete(foreign).await.unwrap());
        let later = Position { sequence: positions[2].sequence + 100, ..positions[2] };
        assert!(!topics.topic(NUMBERS).delete(later).await.unwrap());
        assert_eq!(read(&topics).await, [0, 1, 2]);
        let never: TopicName<u32> = TopicName::new("never used");
        assert_eq!(topics.topic(never).purge().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn other_nodes_forget_deleted_events_and_so_does_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (stored(&folder, TopicLimits::DEFAULT), stored(&folder, TopicLimits::DEFAULT));
    let mut follower = two.topic(NUMBERS).subscribe().events();
    eventually(|| follower.position().is_some() || follower.next().now_or_never().is_some()).await;
    let secret = one.topic(NUMBERS).publish_named("secret-word", &1).await.unwrap();
    publish(&one, 2..4).await;
    assert_eq!(take(&mut follower, 3).await, [1, 2, 3]);
    assert!(one.topic(NUMBERS).delete(secret.position()).await.unwrap());
    let history = || two.topic(NUMBERS).subscribe().history(9).text_events().next().now_or_never();
    let first = || match history() {
        Some(Some(Received::Event { data, .. })) => data,
        other => panic!("{other:?}"),
    };
    eventually(|| first() == "2").await;
    drop((one, two, follower));
    // The nodes close the log when their tasks have ended, and fold the write-ahead log back.
    eventually(|| !folder.path().join("topics.db-wal").exists()).await;
    let bytes = std::fs::read(folder.path().join("topics.db")).unwrap();
    let is_there = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(is_there(b"numbers"), "the name of the topic is in the file");
    assert!(!is_there(b"secret-word"), "what was deleted is overwritten");
}

#[tokio::test]
async fn a_purge_of_many_events_lets_others_publish_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let topics = stored(&folder, FEW);
    let numbers = topics.topic(NUMBERS);
    let of = &numbers;
    let each = (0..20_000).map(|number| async move { of.publish(&number).await.map(drop) });
    futures_util::future::try_join_all(each).await.unwrap();
    let others = topics.topic(OTHERS);
    let (purged, meanwhile) = tokio::join!(numbers.purge(), others.publish(&7));
    assert_eq!(purged.unwrap(), 20_000);
    let meanwhile = meanwhile.unwrap().position();
    drop((numbers, others, topics));
    let topics = stored(&folder, FEW);
    assert_eq!(read(&topics).await, [0; 0]);
    let mut others =
        topics.topic(OTHERS).subscribe().after(Position { sequence: 1, ..meanwhile }).events();
    assert_eq!(take(&mut others, 1).await, [7]);
}
