//! What the log on disk writes to the application's log. A binary of its own, because it captures the log of the
//! process.
#![expect(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
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
    let (topic, data) = ("t".to_owned(), "1".to_owned());
    let draft = Draft { topic, name: None, data, key: None, expires_after: None, once: None };
    log.publish(draft).await.is_ok()
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
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Captured).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let failures = || {
        let logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        let logged = String::from_utf8_lossy(&logged);
        logged.matches("failed to look for events of other processes: the table `log`").count()
    };
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
