//! Tests of purges that take several transactions.

use std::collections::HashSet;

use futures_util::StreamExt;
use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Deletion, Entry, PageQuery};

use super::log_folder::{LogFolder, draft, publish, publish_all, read};
use crate::SqliteLog;

const ALL: Deletion = Deletion::Through(u64::MAX);

/// Publishes `count` events on one topic concurrently, and returns the position of the last event.
async fn publish_many(log: &SqliteLog, count: u32) -> Position {
    let stored = publish_all(log, (0..count).map(|number| draft("t", number.to_string()))).await;
    let positions = stored.into_iter().map(|stored| stored.unwrap().position);
    positions.max_by_key(|position| position.sequence).unwrap()
}

/// Follows the log after this position, up to the entry with sequence number `through`.
async fn follow(log: &SqliteLog, after: Position, through: u64) -> Vec<Entry> {
    let mut following = log.follow(Some(after)).await.unwrap();
    assert_eq!(following.position, after);
    let mut entries: Vec<Entry> = Vec::new();
    while entries.last().is_none_or(|entry| entry.sequence < through) {
        entries.push(following.entries.next().await.unwrap().unwrap());
    }
    entries
}

/// Waits until the first event of a page changes.
async fn first_changes(log: &SqliteLog, query: PageQuery<'_>) {
    let first = async || log.read(query).await.unwrap().entries.first().map(Entry::position);
    let before = first().await;
    while first().await == before {}
}

/// Returns the last sequence number that each purge among these entries deletes.
fn ends(entries: &[Entry]) -> Vec<u64> {
    let end = |entry: &Entry| match entry.deletes {
        Some(Deletion::Through(end)) => Some(end),
        _ => None,
    };
    entries.iter().filter_map(end).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_in_several_parts_keeps_events_that_are_published_meanwhile() {
    let folder = LogFolder::new();
    let log = folder.open();
    let last = publish_many(&log, 10_000).await;
    // The deletion is queued before the first of these events.
    let meanwhile = async { publish(&log, 10_000..10_020).await };
    let (deleted, _) = tokio::join!(log.delete("t", ALL), meanwhile);
    let deleted = deleted.unwrap();
    assert_eq!(deleted.which, Deletion::Through(last.sequence));
    assert_eq!(deleted.events, 10_000);
    assert_eq!(read(&log, 0).await, (10_000..10_020).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_that_waits_for_another_keeps_events_that_are_published_meanwhile() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish_many(&log, 20_000).await;
    log.publish(draft("u", "1".to_owned())).await.unwrap();
    let meanwhile = async {
        // Each event is stored between two parts of the first purge.
        for number in 2..8 {
            log.publish(draft("u", number.to_string())).await.unwrap();
        }
    };
    let (first, second, ()) = tokio::join!(log.delete("t", ALL), log.delete("u", ALL), meanwhile);
    assert_eq!(first.unwrap().events, 20_000);
    assert_eq!(second.unwrap().events, 1);
    let page = log.read(PageQuery::after("u", 0, usize::MAX)).await.unwrap();
    assert_eq!(page.entries.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_whose_future_is_dropped_before_its_turn_deletes_nothing() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish_many(&log, 20_000).await;
    log.publish(draft("u", "1".to_owned())).await.unwrap();
    {
        let (mut first, mut second) = (log.delete("t", ALL), log.delete("u", ALL));
        assert!(futures_util::poll!(&mut first).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(second);
        first.await.unwrap();
    }
    let page = log.read(PageQuery::after("u", 0, usize::MAX)).await.unwrap();
    assert_eq!(page.entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_receive_what_a_purge_deleted_before_its_future_was_dropped() {
    let folder = LogFolder::new();
    let log = folder.open();
    // The purge may be faster than the reads.
    for _ in 0..20 {
        let before = publish(&log, 0..1).await;
        let last = publish_many(&log, 20_000).await;
        let query = PageQuery { limit_events: 1, ..PageQuery::after("t", before.sequence, 1) };
        let first_part = first_changes(&log, query);
        tokio::select! {
            deleted = log.delete("t", ALL) => drop(deleted.unwrap()),
            () = first_part => {}
        }
        // This event is written after the part of the purge that has begun.
        let end = publish(&log, 7..8).await;
        let page = log.read(PageQuery::after("t", before.sequence, usize::MAX)).await.unwrap();
        let left: HashSet<_> = page.entries.iter().map(|entry| entry.sequence).collect();
        let ends = ends(&follow(&log, last, end.sequence).await);
        for seq in before.sequence + 1..=last.sequence {
            let is_deleted = ends.iter().any(|end| seq <= *end);
            assert_eq!(is_deleted, !left.contains(&seq), "{seq} {ends:?}");
        }
        if left.len() > 1 {
            return;
        }
    }
    panic!("each purge was done before its future was dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_purge_is_limited_in_bytes() {
    let folder = LogFolder::new();
    let log = folder.open();
    let before = publish(&log, 0..1).await;
    let large = || draft("t", "7".repeat(1 << 20));
    let stored = publish_all(&log, (0..24).map(|_| large())).await;
    assert!(stored.iter().all(Result::is_ok));
    let deleted = log.delete("t", ALL).await.unwrap();
    assert_eq!((deleted.events, deleted.which), (25, Deletion::Through(25)));
    let end = publish(&log, 1..2).await;
    let mut ends = ends(&follow(&log, before, end.sequence).await);
    assert_eq!(ends.last(), Some(&25));
    ends.insert(0, 0);
    let largest = ends.windows(2).map(|part| part[1] - part[0]).max();
    assert!(largest <= Some(9), "{ends:?}");
}
