//! Tests of the limits of a log: its size, the age of events, and the window of idempotency keys.

use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint_topics::backplane::{Backplane, Draft, PageQuery};

use super::log_folder::{LogFolder, draft, publish, publish_all, read};
use crate::SqliteLog;

const SMALL: u64 = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_the_log_is_limited_and_evicted_events_are_reported() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    let first = publish(&log, 0..1).await;
    let mut behind = log.follow(Some(first)).await.unwrap();
    let mut last = 0;
    for _ in 0..40 {
        let stored = publish_all(&log, (0..100).map(|_| draft("t", "7".repeat(1_000)))).await;
        last = stored.last().unwrap().as_ref().unwrap().position.sequence;
    }
    behind.entries.next().await.unwrap().unwrap_err();
    assert!(behind.entries.next().await.is_none());
    drop((behind, log));
    let bytes = std::fs::metadata(folder.file("topics.db")).unwrap().len();
    assert!(bytes <= SMALL, "{bytes}");
    let log = folder.open();
    let page = log.read(PageQuery::after("t", 0, usize::MAX)).await.unwrap();
    let kept = page.entries.len() as u64;
    assert!((500..1_000).contains(&kept), "{kept}");
    assert_eq!((page.evicted_through + kept, page.through), (last, last));
    let following = log.follow(Some(first)).await.unwrap();
    assert_eq!(following.position.sequence, page.evicted_through);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_read_events_ahead_reports_those_evicted_after_them() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    let first = publish(&log, 0..1).await;
    let read_ahead = publish(&log, 1..9).await;
    let mut behind = log.follow(Some(first)).await.unwrap();
    let mut sequence = behind.entries.next().await.unwrap().unwrap().sequence;
    // More than the log has, and more than the entries in memory.
    for _ in 0..60 {
        publish_all(&log, (0..100).map(|_| draft("t", "7".repeat(1_000)))).await;
    }
    let ended = loop {
        match behind.entries.next().await.unwrap() {
            Ok(entry) => {
                assert_eq!(entry.sequence, sequence + 1, "an evicted event is skipped");
                sequence = entry.sequence;
            }
            Err(error) => break error,
        }
    };
    assert_eq!((sequence, read_ahead.sequence), (9, 9), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_too_old_are_deleted_while_the_log_runs() {
    let folder = LogFolder::new();
    let age = Duration::from_millis(1);
    let log = SqliteLog::open(folder.path(), |options| options.age = age).unwrap();
    let last = publish(&log, 0..10).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !read(&log, 0).await.is_empty() {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = log.read(PageQuery::after("t", 0, usize::MAX)).await.unwrap();
    assert_eq!((page.evicted_through, page.through), (last.sequence, last.sequence));
    drop(log);
    let log = folder.open();
    let next = publish(&log, 10..11).await;
    assert_eq!(next.sequence, last.sequence + 1, "an empty table");
    assert!(log.look_up(last).await.unwrap().is_past);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_without_events_are_deleted() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap();
    for round in 0..40 {
        let each = (0..1_000).map(|user| draft(&format!("user/{}", round * 1_000 + user), "hello"));
        publish_all(&log, each.chain([draft("t", "1")])).await;
    }
    drop(log);
    let shell = rusqlite::Connection::open(folder.file("topics.db")).unwrap();
    let count = |table: &str| {
        let query = format!("SELECT count(*) FROM {table}");
        shell.query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let (topics, events) = (count("topic"), count("event"));
    assert!(events < 15_000, "{events}");
    assert!(topics < 2 * events + 10_000, "{topics} topics of {events} events");
    assert!(count("block") < 4);
    drop(shell);
    let log = folder.open();
    for number in [39_000, 39_999] {
        let page =
            log.read(PageQuery::after(&format!("user/{number}"), 0, usize::MAX)).await.unwrap();
        assert_eq!(page.entries.len(), 1);
    }
    assert!(!read(&log, 0).await.is_empty());
}

fn once(key: &str) -> Draft {
    Draft { once: Some(key.to_owned()), ..draft("t", "1") }
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_are_of_a_topic_and_survive_a_restart_with_another_window() {
    let folder = LogFolder::new();
    let log = folder.open();
    let each = (0..100).map(|number| once(&(number % 50).to_string()));
    let stored = publish_all(&log, each).await;
    let stored: Vec<_> = stored.into_iter().map(Result::unwrap).collect();
    assert_eq!(stored.iter().filter(|stored| stored.is_duplicate).count(), 50);
    for number in 0..50 {
        assert_eq!(stored[number].position, stored[number + 50].position);
    }
    let other = log.publish(Draft { topic: "other".to_owned(), ..once("0") }).await.unwrap();
    assert!(!other.is_duplicate);
    drop(log);
    for hours in [1, 2, 48] {
        let window = Duration::from_hours(hours);
        let log = SqliteLog::open(folder.path(), |options| options.once_window = window).unwrap();
        let again = log.publish(once("7")).await.unwrap();
        assert_eq!((again.position, again.is_duplicate), (stored[7].position, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_beyond_the_window_are_forgotten_and_deleted() {
    let folder = LogFolder::new();
    let window = Duration::from_millis(16);
    let log = SqliteLog::open(folder.path(), |options| options.once_window = window).unwrap();
    let first = log.publish(once("a")).await.unwrap();
    let shell = rusqlite::Connection::open(folder.file("topics.db")).unwrap();
    let count =
        || -> i64 { shell.query_row("SELECT count(*) FROM once", [], |row| row.get(0)).unwrap() };
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while count() > 0 {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let again = log.publish(once("a")).await.unwrap();
    assert!(!again.is_duplicate && again.position.sequence > first.position.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_refused_before_it_is_stored() {
    let folder = LogFolder::new();
    let log = folder.open();
    let large = 33 * 1024 * 1024;
    let error = log.publish(draft("t", "x".repeat(large))).await.unwrap_err();
    assert!(error.is_too_large());
    let key = Some("x".repeat(large));
    let error = log.publish(Draft { key, ..draft("t", "1") }).await.unwrap_err();
    assert!(error.is_too_large());
    let last = log.publish(draft("t", "x".repeat(31 * 1024 * 1024))).await.unwrap().position;
    assert_eq!(last.sequence, 1);
    assert_eq!(log.read(PageQuery::after("t", 0, 1)).await.unwrap().entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_do_not_outgrow_the_log() {
    let folder = LogFolder::new();
    let log = SqliteLog::open(folder.path(), |options| {
        (options.total_bytes, options.once_window) = (SMALL, Duration::from_secs(4));
    });
    let log = log.unwrap();
    let mut last = None;
    for round in 0..40 {
        let each = (0..1_000).map(|number| once(&format!("{round} {number}")));
        last = publish_all(&log, each).await.pop().map(|stored| stored.unwrap().position);
    }
    let again = log.publish(once("39 999")).await.unwrap();
    assert_eq!((Some(again.position), again.is_duplicate), (last, true));
    drop(log);
    let shell = rusqlite::Connection::open(folder.file("topics.db")).unwrap();
    let count = |table: &str| -> i64 {
        shell.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    let (keys, events) = (count("once"), count("event"));
    assert!(events < 15_000, "{events} events");
    // The keys of one slice, a sixteenth of the window, may remain after their events are deleted.
    assert!(keys < events + 15_000, "{keys} keys of {events} events");
}
