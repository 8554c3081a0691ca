//! Tests of the operator's guide: a backup that is taken while the log is open, and queries.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyperpoint_topics::Backplane;
use rusqlite::Connection;

use super::log_folder::{LogFolder, publish, read};
use super::newest_of_keys::keyed;
use crate::SqliteLog;

const GUIDE: &str = include_str!("../../../../docs/guide/19-running-topics.md");

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_taken_while_the_log_runs_has_every_event_of_before() {
    let (folder, restored) = (LogFolder::new(), LogFolder::new());
    let log = folder.open();
    publish(&log, 0..100).await;
    let is_done = Arc::new(AtomicBool::new(false));
    let publishing = tokio::spawn(publish_until(Arc::clone(&is_done), Arc::clone(&log), 100));
    let backup = restored.file("topics.db");
    for number in 0..5 {
        // `VACUUM INTO` does not replace an existing file.
        let _ = std::fs::remove_file(&backup);
        let shell = Connection::open(folder.file("topics.db")).unwrap();
        let before = read(&log, 0).await.len();
        shell.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
        drop(shell);
        let copy = restored.open();
        let events = read(&copy, 0).await;
        assert!(events.len() >= before, "backup {number}");
        assert_eq!(events, (0..).take(events.len()).collect::<Vec<u32>>());
        // The copy accepts new events.
        publish(&copy, 1_000_000..1_000_001).await;
    }
    is_done.store(true, Ordering::Relaxed);
    let last = publishing.await.unwrap();
    assert_eq!(read(&log, 0).await, (0..last).collect::<Vec<_>>());
}

/// Publishes consecutive numbers until `is_done` is set, and returns the next number.
async fn publish_until(is_done: Arc<AtomicBool>, log: Arc<SqliteLog>, mut next: u32) -> u32 {
    while !is_done.load(Ordering::Relaxed) {
        publish(&log, next..next + 1).await;
        next += 1;
    }
    next
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queries_of_the_guide_run_while_the_log_runs() {
    let folder = LogFolder::new();
    let log = folder.open();
    publish(&log, 0..10).await;
    log.publish(keyed("prices", "ACME", 1)).await.unwrap();
    let shell = Connection::open(folder.file("topics.db")).unwrap();
    let blocks = GUIDE.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let queries: Vec<_> = blocks.flat_map(|block| block.split(';')).map(str::trim).collect();
    let queries: Vec<_> = queries.into_iter().filter(|query| !query.is_empty()).collect();
    assert!(queries.len() > 3);
    for query in queries {
        let mut statement = shell.prepare(query).unwrap();
        assert!(statement.readonly(), "{query}");
        let rows = statement.query_map([], |_| Ok(())).unwrap().count();
        assert!(rows > 0, "{query}");
    }
    assert_eq!(read(&log, 0).await.len(), 10);
}
