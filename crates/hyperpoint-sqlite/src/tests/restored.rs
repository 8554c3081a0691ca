//! Tests of a log that is restored from an older state or copied, or that lost its end: the ids of
//! lost events are no longer valid, and their sequence numbers are not assigned again.

use std::fs;

use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Entry, PageQuery};

use super::log_folder::{LogFolder, publish, read};
use crate::SqliteLog;

/// Checks that the log has exactly the events `kept`, that their ids are valid and `last` is not,
/// and that a new event gets an id of the new generation.
async fn check_anew(log: &SqliteLog, last: Position, kept: std::ops::Range<u32>) {
    let following = log.follow(Some(last)).await.unwrap();
    assert_ne!(following.position.epoch, last.epoch);
    let end = u64::from(kept.end);
    assert!(following.position.sequence >= end, "a follower begins where the logs differ");
    assert_eq!(read(log, 0).await, kept.collect::<Vec<_>>());
    assert!(!is_past(log, last).await);
    for sequence in 0..=end {
        let position =
            log.read(PageQuery::after("t", sequence.saturating_sub(1), 1)).await.unwrap().entries
                [0]
            .position();
        assert!(is_past(log, position).await);
    }
    let next = publish(log, 1_000..1_001).await;
    assert_eq!(next.epoch, following.position.epoch);
    assert!(is_past(log, next).await);
}

async fn is_past(log: &SqliteLog, position: Position) -> bool {
    log.look_up(position).await.unwrap().is_past
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_of_the_files_is_noticed() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..100).await;
    drop(log);
    let old = folder.image();
    let log = folder.open();
    let last = publish(&log, 100..200).await;
    drop(log);
    // Restores the database, with its WAL if it was not checkpointed yet, but not the mark.
    let database = old.into_iter().filter(|(name, _)| *name != "topics.mark").collect();
    let mark = fs::read(folder.file("topics.mark")).unwrap();
    folder.restore(&database);
    fs::write(folder.file("topics.mark"), mark).unwrap();
    let log = folder.open();
    check_anew(&log, last, 0..100).await;
    let page = log.read(PageQuery::after("t", 0, usize::MAX)).await.unwrap();
    assert!(page.entries.last().unwrap().sequence > last.sequence, "no number is given again");
    assert_eq!(page.evicted_through, 0, "skipped numbers are no loss within the epoch");
    let again = publish(&log, 1_001..1_002).await;
    drop(log);
    assert!(is_past(&folder.open(), again).await, "once, and not at each start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_folder_is_noticed() {
    let (folder, copy) = (LogFolder::new(), LogFolder::new());
    let log = folder.open();
    publish(&log, 0..100).await;
    let image = folder.image();
    let last = publish(&log, 100..200).await;
    copy.restore(&image);
    let log = copy.open();
    check_anew(&log, last, 0..100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_end_is_noticed() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..100).await;
    drop(log);
    let log = folder.open();
    let last = publish(&log, 100..120).await;
    let image = folder.image().into_iter().filter(|(name, _)| *name != "topics.db-wal");
    drop(log);
    folder.restore(&image.collect());
    check_anew(&folder.open(), last, 0..100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_its_mark_gives_no_id_again() {
    let folder = LogFolder::new();
    let log = folder.open();
    let last = publish(&log, 0..10).await;
    drop(log);
    fs::remove_file(folder.file("topics.mark")).unwrap();
    let after = Position { sequence: last.sequence + 1, ..last };
    check_anew(&folder.open(), after, 0..10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_without_a_loss_honour_all_ids_and_keep_them() {
    let folder = LogFolder::new();
    let first = publish(&folder.open(), 0..1).await;
    let mut given = vec![first];
    for number in 1..20 {
        let log = folder.open();
        if number % 3 > 0 {
            given.push(publish(&log, number..number + 1).await);
        }
        let image = folder.image();
        drop(log);
        if number % 2 > 0 {
            folder.restore(&image);
        }
    }
    let log = folder.open();
    let following = log.follow(Some(first)).await.unwrap();
    assert_eq!(following.position.sequence, first.sequence);
    let kept: Vec<_> = log.read(PageQuery::after("t", 0, usize::MAX)).await.unwrap().entries;
    assert_eq!(kept.iter().map(Entry::position).collect::<Vec<_>>(), given);
    for position in given {
        assert!(is_past(&log, position).await);
    }
    let shell = rusqlite::Connection::open(folder.file("topics.db")).unwrap();
    let count = "SELECT count(DISTINCT epoch) FROM generation";
    let count: i64 = shell.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 21, "each opening for writing is a generation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_end_across_blocks_of_the_index_leaves_the_rest_readable() {
    let folder = LogFolder::new();
    let log = folder.open();
    let all = (0..9_000).map(|number: u32| super::log_folder::draft("t", number.to_string()));
    super::log_folder::publish_all(&log, all.take(8_000)).await;
    drop(log);
    let old = folder.image();
    let log = folder.open();
    for start in [8_000, 16_000] {
        let more =
            (start..start + 8_000).map(|n: u32| super::log_folder::draft("t", n.to_string()));
        super::log_folder::publish_all(&log, more).await;
    }
    drop(log);
    let mark = fs::read(folder.file("topics.mark")).unwrap();
    folder.restore(&old);
    fs::write(folder.file("topics.mark"), mark).unwrap();
    let log = folder.open();
    let end = publish(&log, 24_000..24_100).await;
    assert_eq!(end.sequence, 24_100);
    let mut seen = read(&log, 0).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..8_000).chain(24_000..24_100).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_restored_in_place_gives_no_id_again() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..100).await;
    drop(log);
    // The files are restored in place with the mark, so that the loss of events is not detected.
    let old = folder.image();
    let mut others = Vec::new();
    for _ in 0..3 {
        folder.restore(&old);
        let log = folder.open();
        others.push(publish(&log, 100..110).await);
        for (index, position) in others.iter().enumerate() {
            assert_eq!(is_past(&log, *position).await, index + 1 == others.len());
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_restored_while_the_log_is_open_acknowledges_nothing_more() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..100).await;
    let old = folder.image();
    let last = publish(&log, 100..110).await;
    folder.restore(&old);
    for _ in 0..3 {
        let error = log.publish(super::log_folder::draft("t", "110")).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            source.ends_with("replaced while the log was open; restart the process"),
            "{source}"
        );
    }
    drop(log);
    folder.restore(&old);
    let log = folder.open();
    assert!(!is_past(&log, last).await);
    assert_eq!(read(&log, 0).await, (0..100).collect::<Vec<_>>());
}
