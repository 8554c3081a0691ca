//! Tests of the table with the newest event of each key: what it keeps, and its limits.

use std::fmt::Display;
use std::time::Duration;

use hyperpoint_topics::backplane::{Backplane, Deletion, Draft, KeysQuery, PageQuery};
use rusqlite::Connection;

use super::log_folder::{LogFolder, draft, publish_all};
use crate::SqliteLog;

const SMALL: u64 = 1024 * 1024;

pub(super) fn keyed(topic: &str, key: impl Display, data: impl Display) -> Draft {
    Draft { key: Some(key.to_string()), ..draft(topic, data.to_string()) }
}

/// Publishes events without a key until the log has evicted all previous events.
pub(super) async fn flood(log: &SqliteLog) {
    let last = log.follow(None).await.unwrap().position.sequence;
    let oldest = async || log.read(PageQuery::after("flood", 0, 1)).await.unwrap().evicted_through;
    while oldest().await <= last {
        let each = publish_all(log, (0..100).map(|_| draft("flood", "7".repeat(1_000)))).await;
        assert!(each.iter().all(Result::is_ok));
    }
}

async fn newest(log: &SqliteLog, topic: &str) -> Vec<String> {
    let (after, limit_keys, limit_bytes) = (0, usize::MAX, usize::MAX);
    let query = KeysQuery { topic, after, limit_keys, limit_bytes };
    let page = log.read_keys(query).await.unwrap().unwrap();
    page.entries.into_iter().map(|entry| entry.data).collect()
}

async fn until_newest(log: &SqliteLog, topic: &str, expected: &[&str]) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while newest(log, topic).await != expected {
        assert!(std::time::Instant::now() < deadline, "{:?}", newest(log, topic).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn count(folder: &LogFolder, query: &str) -> i64 {
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    shell.query_row(query, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_event_of_each_key_outlives_its_age_and_the_size_of_the_log() {
    let folder = LogFolder::new();
    let open = || {
        SqliteLog::open(folder.path(), |options| {
            (options.total_bytes, options.age) = (SMALL, Duration::from_millis(1));
        })
    };
    let log = open().unwrap();
    for (key, data) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
        log.publish(keyed("t", key, data)).await.unwrap();
    }
    flood(&log).await;
    drop(log);
    let log = open().unwrap();
    assert_eq!(newest(&log, "t").await, ["2", "3", "4"]);
    assert_eq!(newest(&log, "flood").await, [""; 0]);
    // Topics without events and keys are deleted; this topic is not.
    for round in 0..40 {
        let each = (0..1_000).map(|user| draft(&format!("user/{round}/{user}"), "hello"));
        publish_all(&log, each).await;
    }
    assert!(count(&folder, "SELECT count(*) FROM topic") < 30_000);
    assert_eq!(newest(&log, "t").await, ["2", "3", "4"]);
    log.publish(keyed("t", "b", 5)).await.unwrap();
    assert_eq!(newest(&log, "t").await, ["3", "4", "5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicted_event_that_is_the_newest_of_its_key_is_deleted_and_purged() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    let mut positions = Vec::new();
    for key in 0..5 {
        positions
            .push(log.publish(keyed("t", key, format!("secret {key}"))).await.unwrap().position);
        log.publish(keyed("other", key, key)).await.unwrap();
    }
    flood(&log).await;
    let one = Deletion::Event(positions[2].sequence);
    assert_eq!(log.delete("other", one).await.unwrap().events, 0);
    assert_eq!(log.delete("t", one).await.unwrap().events, 1);
    assert_eq!(log.delete("t", one).await.unwrap().events, 0);
    assert_eq!(newest(&log, "t").await, [0, 1, 3, 4].map(|key| format!("secret {key}")));
    assert_eq!(log.delete("t", Deletion::Through(u64::MAX)).await.unwrap().events, 4);
    assert_eq!(newest(&log, "t").await, [""; 0]);
    assert_eq!(newest(&log, "other").await, ["0", "1", "2", "3", "4"]);
    drop(log);
    assert_eq!(count(&folder, "SELECT keys FROM topic WHERE name = 't'"), 0);
    let bytes = std::fs::read(folder.file("topics.db")).unwrap();
    assert!(!bytes.windows(7).any(|found| found == b"secret "), "it is overwritten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_no_event_after_its_newest_one_has_expired() {
    let folder = LogFolder::new();
    let log = folder.open();
    log.publish(keyed("t", "a", 1)).await.unwrap();
    let expires_after = Some(Duration::from_millis(1));
    log.publish(Draft { expires_after, ..keyed("t", "a", 2) }).await.unwrap();
    log.publish(keyed("t", "b", 3)).await.unwrap();
    let never = Some(Duration::MAX);
    log.publish(Draft { expires_after: never, ..keyed("t", "c", 4) }).await.unwrap();
    until_newest(&log, "t", &["3", "4"]).await;
    drop(log);
    assert_eq!(newest(&folder.open(), "t").await, ["3", "4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_keeps_the_ten_thousand_keys_that_changed_last() {
    let folder = LogFolder::new();
    let log = folder.open();
    log.publish(keyed("other", "a", "kept")).await.unwrap();
    log.publish(keyed("t", "often", 0)).await.unwrap();
    for round in 0..3_u32 {
        let each = (0..5_000).map(|key| keyed("t", round * 5_000 + key, "x"));
        publish_all(&log, each).await;
        log.publish(keyed("t", "often", round)).await.unwrap();
    }
    let newest_of_t = newest(&log, "t").await;
    assert_eq!((newest_of_t.len(), newest_of_t.last().map(String::as_str)), (10_000, Some("2")));
    assert_eq!(newest(&log, "other").await, ["kept"]);
    let rows = count(&folder, "SELECT count(*) FROM newest");
    assert!((10_001..=10_626).contains(&rows), "{rows}");
    let counted = count(&folder, "SELECT sum(keys) FROM topic");
    assert_eq!(counted, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_events_of_keys_take_at_most_a_quarter_of_the_log() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    for round in 0..40 {
        let each = (0..50).map(|key| keyed("t", round * 50 + key, "7".repeat(1_000)));
        publish_all(&log, each).await;
    }
    log.publish(draft("t", "last")).await.unwrap();
    let kept = newest(&log, "t").await.len();
    assert!((150..230).contains(&kept), "{kept}");
    let events = count(&folder, "SELECT count(*) FROM event");
    assert!(events > 300, "{events} events beside them");
    drop(log);
    let bytes = std::fs::metadata(folder.file("topics.db")).unwrap().len();
    assert!(bytes <= SMALL, "{bytes}");
    assert_eq!(
        count(&folder, "SELECT sum(bytes) FROM newest"),
        count(&folder, "SELECT newest_bytes FROM log")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_agree_on_the_newest_event_of_a_key() {
    let folder = LogFolder::new();
    let logs = [folder.open(), folder.open()];
    for number in 0..40_usize {
        logs[number % 2].publish(keyed("t", number % 3, number)).await.unwrap();
    }
    for log in &logs {
        assert_eq!(newest(log, "t").await, ["37", "38", "39"]);
    }
    logs[0].delete("t", Deletion::Through(u64::MAX)).await.unwrap();
    logs[1].publish(keyed("t", "a", 40)).await.unwrap();
    assert_eq!(newest(&logs[0], "t").await, ["40"]);
    assert_eq!(count(&folder, "SELECT keys FROM topic WHERE name = 't'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_event_of_a_key_is_left_out() {
    let folder = LogFolder::new();
    let log = folder.open();
    for key in 0..3 {
        log.publish(keyed("t", key, key)).await.unwrap();
    }
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    shell.execute("UPDATE newest SET data = '7' WHERE key = '1'", []).unwrap();
    assert_eq!(newest(&log, "t").await, ["0", "2"]);
    log.publish(keyed("t", 1, 3)).await.unwrap();
    assert_eq!(newest(&log, "t").await, ["0", "2", "3"]);
}
