//! What the log on disk writes to the application's log. A binary of its own, because it captures the log of the
//! process.
#![expect(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_topics::backplane::{Backplane, Draft};
use rusqlite::Connection;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Captured;

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Captures the log of the process.
fn capture() {
    static IS_CAPTURED: Once = Once::new();
    IS_CAPTURED.call_once(|| {
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Captured).finish();
        tracing::subscriber::set_global_default(log).unwrap();
    });
}

/// Returns how often this text was logged.
fn logged(text: &str) -> usize {
    let logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&logged).matches(text).count()
}

/// Waits until this holds.
async fn eventually(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Changes the checksum of the table `log` by this number.
fn change(folder: &Path, by: i64) {
    let shell = Connection::open(folder.join("topics.db")).unwrap();
    shell.busy_timeout(Duration::from_secs(5)).unwrap();
    shell.execute("UPDATE log SET sum = sum + ?1", [by]).unwrap();
}

async fn publish(log: &SqliteLog) -> bool {
    log.publish(draft("1")).await.is_ok()
}

fn draft(data: &str) -> Draft {
    let (topic, data) = ("t".to_owned(), data.to_owned());
    Draft { topic, name: None, data, key: None, expires_after: None, once: None }
}

/// Publishes this number of events at the same time.
async fn publish_many(log: &SqliteLog, count: usize, data: &str) {
    let each = (0..count).map(|_| log.publish(draft(data)));
    assert!(join_all(each).await.iter().all(Result::is_ok));
}

/// Fills the page of the first row of a table with zeros.
fn damage(folder: &Path, table: &str) {
    let file = folder.join("topics.db");
    let page = {
        let shell = Connection::open(&file).unwrap();
        let page = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' LIMIT 1";
        shell.query_row(page, [table], |row| row.get::<_, i64>(0)).unwrap()
    };
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.chunks_mut(4096).nth(usize::try_from(page - 1).unwrap()).unwrap().fill(0);
    std::fs::write(file, bytes).unwrap();
}

/// Waits until the log has found an event of another process.
async fn look(log: &SqliteLog, folder: &Path) {
    let mut following = log.follow(None).await.unwrap();
    let other = SqliteLog::open(folder, |_| {}).unwrap();
    assert!(publish(&other).await);
    following.entries.next().await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_logged_once_and_again_after_the_log_recovered() {
    capture();
    let failures = || logged("failed to look for events of other processes: the table `log`");
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
    assert!(publish(&log).await);
    for outage in 1..=3 {
        change(folder.path(), 1);
        eventually(|| failures() >= outage).await;
        for _ in 0..10 {
            assert!(!publish(&log).await, "it fails each time");
        }
        assert_eq!(failures(), outage, "and is logged once");
        change(folder.path(), -1);
        while !publish(&log).await {}
        look(&log, folder.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_page_is_logged_once_however_many_events_are_evicted() {
    capture();
    for table in ["topic_block", "event"] {
        let folder = tempfile::tempdir().unwrap();
        let log = SqliteLog::open(folder.path(), |_| {}).unwrap();
        for _ in 0..9 {
            publish_many(&log, 1_000, "1").await;
        }
        drop(log);
        damage(folder.path(), table);
        let before = logged("restore a backup") + logged("events around it");
        let log = SqliteLog::open(folder.path(), |options| options.total_bytes = 1024 * 1024);
        let log = log.unwrap();
        for _ in 0..30 {
            publish_many(&log, 100, &"x".repeat(1_000)).await;
        }
        drop(log);
        let told = logged("restore a backup") + logged("events around it") - before;
        assert_eq!(told, 1, "{table}");
    }
}
