//! Tests of damage to the table with the newest event of each key, and of deleted data that remains
//! on disk.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint_topics::backplane::{Backplane, Deletion, KeysQuery, Page};
use hyperpoint_topics::{OnLag, Received, TopicName, Topics};
use rusqlite::Connection;

use super::log_folder::{Image, LogFolder, publish_all};
use super::newest_of_keys::{flood, keyed, newest};
use crate::SqliteLog;

const SMALL: u64 = 1024 * 1024;
const ALL: Deletion = Deletion::Through(u64::MAX);

fn small(folder: &LogFolder) -> SqliteLog {
    SqliteLog::open(folder.path(), |options| {
        (options.total_bytes, options.age) = (SMALL, Duration::from_millis(1));
    })
    .unwrap()
}

fn shell(folder: &LogFolder) -> Connection {
    Connection::open(folder.file("topics.db")).unwrap()
}

/// Returns the offsets of these bytes in the database.
fn offsets(image: &Image, bytes: &[u8]) -> Vec<usize> {
    let found = image[0].1.windows(bytes.len()).enumerate();
    found.filter_map(|(at, found)| (found == bytes).then_some(at)).collect()
}

fn holds(folder: &LogFolder, text: &str) -> bool {
    !offsets(&folder.image(), text.as_bytes()).is_empty()
}

/// Returns the index of the root page of the table `newest` or of one of its indexes.
fn root_of(folder: &LogFolder, kind: &str) -> usize {
    let query =
        "SELECT rootpage FROM sqlite_schema WHERE type = ?1 AND tbl_name = 'newest' LIMIT 1";
    let page: i64 = shell(folder).query_row(query, [kind], |row| row.get(0)).unwrap();
    usize::try_from(page - 1).unwrap()
}

async fn page(log: &SqliteLog) -> Page {
    let (topic, after, limit_keys, limit_bytes) = ("t", 0, usize::MAX, usize::MAX);
    let query = KeysQuery { topic, after, limit_keys, limit_bytes };
    log.read_keys(query).await.unwrap().unwrap()
}

/// Waits until the newest events of the keys have the data `expected`.
async fn until(log: &SqliteLog, expected: &[&str]) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while newest(log, "t").await != expected {
        assert!(std::time::Instant::now() < deadline, "{:?}", newest(log, "t").await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Publishes more events than the table may hold, purges the topic, and checks the size of the log.
async fn check_limits(folder: &LogFolder, context: &dyn std::fmt::Debug) {
    let log = small(folder);
    for round in 0..30 {
        let each = (0..20).map(|key| keyed("t", round * 20 + key, "7".repeat(1_000)));
        let stored = publish_all(&log, each).await;
        assert!(stored.iter().all(Result::is_ok), "{context:?}");
    }
    log.delete("t", ALL).await.unwrap();
    log.publish(keyed("t", "last", "last")).await.unwrap();
    assert_eq!(newest(&log, "t").await, ["last"], "{context:?}");
    flood(&log).await;
    drop(log);
    let bytes = std::fs::metadata(folder.file("topics.db")).unwrap().len();
    assert!(bytes <= SMALL, "{bytes} {context:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_key_ends_neither_retention_nor_purges() {
    let folder = LogFolder::new();
    let log = small(&folder);
    for key in 0..20 {
        log.publish(keyed("t", format!("a key {key:>3}"), key)).await.unwrap();
    }
    drop(log);
    let image = folder.image();
    let hash = "SELECT hash FROM newest ORDER BY seq LIMIT 1 OFFSET 10";
    let hash = shell(&folder).query_row(hash, [], |row| row.get::<_, i64>(0));
    let mut places = offsets(&image, b"a key  10");
    places.extend(hash.iter().flat_map(|hash| offsets(&image, &hash.to_be_bytes())));
    assert!(places.len() >= 2, "{places:?}");
    for at in places {
        for bit in [0, 3] {
            let mut damaged = image.clone();
            damaged[0].1[at + 7] ^= 1 << bit;
            folder.restore(&damaged);
            check_limits(&folder, &(at, bit)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_page_of_the_keys_ends_neither_retention_nor_purges() {
    let folder = LogFolder::new();
    let log = small(&folder);
    for key in 0..20 {
        log.publish(keyed("t", key, key)).await.unwrap();
    }
    drop(log);
    let image = folder.image();
    for kind in ["table", "index"] {
        for byte in [0, 7] {
            let mut damaged = image.clone();
            damaged[0].1[root_of(&folder, kind) * 4096..][..4096].fill(byte);
            folder.restore(&damaged);
            check_limits(&folder, &(kind, byte)).await;
            folder.restore(&image);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_sent_although_their_index_is_damaged() {
    let folder = LogFolder::new();
    let log = folder.open();
    for key in ["a", "b", "a", "c"] {
        log.publish(keyed("t", key, key)).await.unwrap();
    }
    drop(log);
    let mut image = folder.image();
    image[0].1[root_of(&folder, "index") * 4096..][..4096].fill(0);
    folder.restore(&image);
    let log = folder.open();
    assert_eq!(newest(&log, "t").await, ["b", "a", "c"]);
    assert_eq!(page(&log).await.evicted_through, 0);
    log.publish(keyed("t", "a", "later")).await.unwrap();
    assert_eq!(newest(&log, "t").await, ["b", "c", "later"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_whose_table_is_damaged_are_reported_as_lost_and_rebuilt_from_the_log() {
    let folder = LogFolder::new();
    let log = folder.open();
    let deleted = log.publish(keyed("t", "b", "old")).await.unwrap().position;
    let deleted = [deleted, log.publish(keyed("t", "b", "new")).await.unwrap().position];
    log.delete("t", Deletion::Event(deleted[1].sequence)).await.unwrap();
    for key in ["a", "c", "a"] {
        log.publish(keyed("t", key, key)).await.unwrap();
    }
    drop(log);
    let mut image = folder.image();
    image[0].1[root_of(&folder, "table") * 4096..][..4096].fill(0);
    folder.restore(&image);
    let log = folder.open();
    let read = page(&log).await;
    assert_eq!((read.entries.len(), read.evicted_through), (0, read.through), "a gap");
    until(&log, &["c", "a"]).await;
    assert_eq!(page(&log).await.evicted_through, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_subscriber_gets_a_gap_if_the_table_of_keys_is_damaged() {
    const TOPIC: TopicName<u32> = TopicName::new("t");
    let folder = LogFolder::new();
    let log = small(&folder);
    for key in 0..5 {
        log.publish(keyed("t", key, key)).await.unwrap();
    }
    flood(&log).await;
    drop(log);
    let mut image = folder.image();
    image[0].1[root_of(&folder, "table") * 4096..][..4096].fill(0);
    folder.restore(&image);
    let topics = Topics::with_backplane(small(&folder), |options| options.preload_events = 1);
    let subscription = topics.topic(TOPIC).subscribe().on_lag(OnLag::Conflate);
    let mut events = subscription.history(usize::MAX).events();
    let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    assert!(matches!(next, Ok(Some(Received::Gap(_)))), "{next:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_event_of_a_key_is_not_current_although_the_index_is_damaged() {
    let folder = LogFolder::new();
    let log = folder.open();
    for (key, data) in [("a", "older"), ("b", "b")] {
        log.publish(keyed("t", key, data)).await.unwrap();
    }
    drop(log);
    let hash = "SELECT hash FROM newest ORDER BY seq LIMIT 1";
    let hash: i64 = shell(&folder).query_row(hash, [], |row| row.get(0)).unwrap();
    let image = folder.image();
    for at in offsets(&image, &hash.to_be_bytes()) {
        let mut damaged = image.clone();
        damaged[0].1[at + 7] ^= 1;
        folder.restore(&damaged);
        let log = folder.open();
        let newer = log.publish(keyed("t", "a", "newer")).await.unwrap().position;
        assert_eq!(newest(&log, "t").await, ["b", "newer"]);
        log.delete("t", Deletion::Event(newer.sequence)).await.unwrap();
        assert_eq!(newest(&log, "t").await, ["b"]);
        until(&log, &["b"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_keys_do_not_displace_the_events_of_the_log() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    for round in 0..40 {
        let key = |key: u64| format!("{:0>1000}", key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let each = (0..10).map(|number| keyed("t", key(round * 10 + number), number));
        assert!(publish_all(&log, each).await.iter().all(Result::is_ok));
    }
    let count = "SELECT count(*) FROM event";
    let events: i64 = shell(&folder).query_row(count, [], |row| row.get(0)).unwrap();
    assert!(events > 300, "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_longer_than_one_kibibyte_is_refused() {
    let folder = LogFolder::new();
    let log = folder.open();
    log.publish(keyed("t", "k".repeat(1_024), 1)).await.unwrap();
    let error = log.publish(keyed("t", "k".repeat(1_025), 2)).await.unwrap_err();
    assert!(error.is_too_large());
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the key has 1025 bytes; the maximum is 1024"
    );
    assert_eq!(newest(&log, "t").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_event_that_was_superseded_is_overwritten() {
    let folder = LogFolder::new();
    let log = folder.open();
    let secret = "a secret ".repeat(1_200);
    let first = log.publish(keyed("t", "a", secret)).await.unwrap().position;
    log.publish(keyed("t", "a", "x")).await.unwrap();
    log.delete("t", Deletion::Event(first.sequence)).await.unwrap();
    drop(log);
    assert!(!holds(&folder, "a secret "));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_evicted_and_then_deleted_is_overwritten() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.age = Duration::from_millis(1));
    let log = log.unwrap();
    let first = log.publish(keyed("t", "a", "a secret ".repeat(1_200))).await.unwrap().position;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while log.counts().await.unwrap().events != Some(0) {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    log.delete("t", Deletion::Event(first.sequence)).await.unwrap();
    drop(log);
    assert!(!holds(&folder, "a secret "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_overwrites_the_keys_of_deleted_events() {
    let folder = LogFolder::new();
    let log = folder.open();
    let first = log.publish(keyed("t", "a secret key", 1)).await.unwrap().position;
    log.delete("t", Deletion::Event(first.sequence)).await.unwrap();
    log.publish(keyed("t", "another", 2)).await.unwrap();
    assert_eq!(log.delete("t", ALL).await.unwrap().events, 1);
    log.publish(keyed("t", "b", 3)).await.unwrap();
    drop(log);
    assert!(!holds(&folder, "a secret key"));
    assert_eq!(newest(&folder.open(), "t").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_large_event_does_not_displace_all_keys() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = 16 * SMALL).unwrap();
    for key in 0..100 {
        log.publish(keyed("settings", key, key)).await.unwrap();
    }
    log.publish(keyed("t", "large", "small")).await.unwrap();
    log.publish(keyed("t", "large", "7".repeat(4 << 20))).await.unwrap();
    log.publish(keyed("settings", 0, "changed")).await.unwrap();
    assert_eq!(newest(&log, "settings").await.len(), 100);
    assert_eq!(newest(&log, "t").await, [""; 0], "it is too large for the table");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_events_gives_no_number_of_a_key_again() {
    let folder = LogFolder::new();
    let log = small(&folder);
    let mut last = 0;
    for key in 0..5 {
        last = log.publish(keyed("t", key, key)).await.unwrap().position.sequence;
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while log.counts().await.unwrap().events != Some(0) {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(log);
    shell(&folder).execute("UPDATE log SET sum = 0", []).unwrap();
    std::fs::remove_file(folder.file("topics.mark")).unwrap();
    let log = small(&folder);
    let next = log.publish(keyed("t", "other", "other")).await.unwrap().position.sequence;
    assert!(next > last, "{next}");
    log.publish(keyed("t", 1, 7)).await.unwrap();
    assert_eq!(newest(&log, "t").await, ["0", "2", "3", "4", "other", "7"]);
}
