//! Tests of malformed pages of the tables other than `newest`: what is published, purged and
//! evicted then.

use std::time::{Duration, Instant};

use hyperpoint_topics::backplane::{Backplane, Deletion, PageQuery};
use rusqlite::Connection;

use super::log_folder::{Image, LogFolder, Resumed, draft, publish_all};
use crate::SqliteLog;

const SMALL: u64 = 1024 * 1024;
const ALL: Deletion = Deletion::Through(u64::MAX);

/// Fills a log with small events of two topics, more than a block, and returns its files.
async fn filled(folder: &LogFolder) -> Image {
    let log = small(folder);
    for _ in 0..9 {
        let topic = |number: u32| if number.is_multiple_of(10) { "t" } else { "other" };
        let each = (0..1_000).map(|number| draft(topic(number), "x".repeat(30)));
        assert!(publish_all(&log, each).await.iter().all(Result::is_ok));
    }
    drop(log);
    folder.image()
}

fn small(folder: &LogFolder) -> SqliteLog {
    SqliteLog::open(folder.path(), |options| options.total_bytes = SMALL).unwrap()
}

/// Returns the indexes of the leaf pages of a table.
fn leaves(folder: &LogFolder, table: &str) -> Vec<usize> {
    pages(folder, table, "pagetype = 'leaf'")
}

/// Returns the indexes of the pages of a table for which a condition holds.
fn pages(folder: &LogFolder, table: &str, condition: &str) -> Vec<usize> {
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let pages = format!("SELECT pageno - 1 FROM dbstat WHERE name = ?1 AND {condition}");
    let mut pages = shell.prepare(&pages).unwrap();
    let pages = pages.query_map([table], |row| row.get::<_, i64>(0)).unwrap();
    pages.map(|page| usize::try_from(page.unwrap()).unwrap()).collect()
}

/// Returns the size of the pages in use, in bytes.
fn used_bytes(folder: &LogFolder) -> u64 {
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let pragma = |name: &str| -> i64 {
        shell.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
    };
    u64::try_from(pragma("page_count") - pragma("freelist_count")).unwrap() * 4096
}

/// Restores the files with one page that is filled with `byte`.
fn damage(folder: &LogFolder, image: &Image, page: usize, byte: u8) {
    let mut damaged = image.clone();
    damaged[0].1[page * 4096..][..4096].fill(byte);
    folder.restore(&damaged);
}

/// Publishes three times as much as the log may have.
async fn flood(log: &SqliteLog) {
    for _ in 0..6 {
        let each = (0..500).map(|_| draft("flood", "y".repeat(1_000)));
        assert!(publish_all(log, each).await.iter().all(Result::is_ok));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_published_although_a_page_of_the_newest_block_is_malformed() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    let pages = leaves(&folder, "event");
    for back in 2..5 {
        damage(&folder, &image, pages[pages.len() - back], 0);
        let log = small(&folder);
        let stored = log.publish(draft("t", "after")).await.unwrap();
        let page = log.read(PageQuery::before("t", u64::MAX, 1)).await.unwrap();
        assert_eq!(page.entries[0].sequence, stored.position.sequence);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_page_of_events_does_not_end_retention() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    let pages = leaves(&folder, "event");
    assert!(pages.len() > 50, "{}", pages.len());
    for (page, byte) in [(0, 0), (1, 7), (pages.len() / 2, 0), (pages.len() - 2, 7)] {
        damage(&folder, &image, pages[page], byte);
        let log = small(&folder);
        flood(&log).await;
        // The oldest events that are left are beside the damaged page.
        assert!(log.delete("flood", ALL).await.unwrap().events > 100, "{page} {byte}");
        drop(log);
        let bytes = used_bytes(&folder);
        assert!(bytes <= SMALL, "{bytes} {page} {byte}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_deletes_the_events_around_a_malformed_page() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    let pages = leaves(&folder, "event");
    for page in [0, 1, pages.len() / 2, pages.len() - 3, pages.len() - 2] {
        damage(&folder, &image, pages[page], 7);
        let log = small(&folder);
        let before = log.read(PageQuery::before("t", u64::MAX, 1)).await.unwrap().entries;
        let one = before[0].sequence;
        assert_eq!(log.delete("t", Deletion::Event(one)).await.unwrap().events, 1, "{page}");
        let deleted = log.delete("t", ALL).await.unwrap();
        assert!((850..899).contains(&deleted.events), "{} {page}", deleted.events);
        let left = Resumed::pages(&log, "t", 0, one).await;
        assert!(left.entries.is_empty() && !left.gaps.is_empty(), "{left:?}");
        let others = Resumed::pages(&log, "other", 0, one).await.entries.len();
        assert!((7_900..8_100).contains(&others), "{others} {page}");
        assert_eq!(log.delete("t", ALL).await.unwrap().events, 0, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_page_of_the_index_does_not_end_purges() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    for table in ["block", "topic_block"] {
        for page in leaves(&folder, table) {
            damage(&folder, &image, page, 0);
            let log = small(&folder);
            assert_eq!(log.delete("t", ALL).await.unwrap().events, 900, "{table}");
            drop(log);
            folder.restore(&image);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_on_and_around_a_malformed_page_are_evicted_by_age() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    let pages = leaves(&folder, "event");
    for page in [0, 1, pages.len() / 2, pages.len() - 2] {
        damage(&folder, &image, pages[page], 0);
        let log = SqliteLog::open(folder.path(), |options| options.age = Duration::from_millis(1));
        let log = log.unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while log.counts().await.ok().and_then(|counts| counts.events) != Some(0) {
            assert!(Instant::now() < deadline, "{page} {:?}", log.counts().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        log.publish(draft("t", "after")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_page_of_the_index_does_not_end_retention() {
    let folder = LogFolder::new();
    let image = filled(&folder).await;
    for table in ["block", "topic_block"] {
        for page in leaves(&folder, table) {
            damage(&folder, &image, page, 0);
            let log = small(&folder);
            flood(&log).await;
            drop(log);
            let bytes = used_bytes(&folder);
            assert!(bytes <= SMALL, "{bytes} {table}");
            folder.restore(&image);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishers_do_not_wait_for_retention_around_a_malformed_interior_page() {
    let folder = LogFolder::new();
    let log = folder.open();
    for _ in 0..20 {
        let each = (0..1_000).map(|_| draft("t", "x".repeat(200)));
        assert!(publish_all(&log, each).await.iter().all(Result::is_ok));
    }
    drop(log);
    let image = folder.image();
    let pages = pages(&folder, "event", "pagetype = 'internal' AND path <> '/'");
    assert!(pages.len() > 2, "{pages:?}");
    damage(&folder, &image, pages[0], 0);
    let bytes = 3 * SMALL;
    let log = SqliteLog::open(folder.path(), |options| options.total_bytes = bytes).unwrap();
    for _ in 0..100 {
        let started = Instant::now();
        log.publish(draft("t", "x".repeat(1_000))).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_an_interrupted_eviction_left_are_deleted_after_a_restart() {
    let folder = LogFolder::new();
    let log = small(&folder);
    flood(&log).await;
    drop(log);
    // The process was killed before it had deleted all events around a damaged page.
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let row = "INSERT INTO event SELECT 7, topic, guard, at_ms, name, key, once, data, sum, kind, \
               expires_ms FROM event ORDER BY seq LIMIT 1";
    assert_eq!(shell.execute(row, []).unwrap(), 1, "event 7 was evicted");
    drop(shell);
    let log = small(&folder);
    flood(&log).await;
    drop(log);
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let left = "SELECT count(*) FROM event WHERE seq = 7";
    assert_eq!(shell.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
