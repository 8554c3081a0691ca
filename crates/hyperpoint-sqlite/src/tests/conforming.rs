//! Tests of the guarantees of a backplane, with one process and with several.

use std::fs;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hyperpoint_topics::Backplane;
use hyperpoint_topics::backplane::PageQuery;
use hyperpoint_topics::conformance::{Engine, check};

use super::log_folder::{Image, LogFolder, draft, publish, read};
use crate::SqliteLog;

/// An engine of one process. A restart simulates that the process was killed.
struct Alone {
    folder: LogFolder,
    log: Mutex<Option<Arc<dyn Backplane>>>,
    copy: Mutex<Image>,
}

#[async_trait]
impl Engine for Alone {
    async fn node(&self) -> Arc<dyn Backplane> {
        let mut log = self.log.lock().unwrap();
        Arc::clone(log.get_or_insert_with(|| self.folder.open()))
    }

    async fn restart(&self) {
        let image = self.folder.image();
        *self.log.lock().unwrap() = None;
        self.folder.restore(&image);
    }

    async fn begin_again(&self) {
        *self.log.lock().unwrap() = None;
        fs::remove_file(self.folder.file("topics.db")).unwrap();
    }

    async fn back_up(&self) {
        *self.log.lock().unwrap() = None;
        *self.copy.lock().unwrap() = self.folder.image();
    }

    async fn restore(&self) {
        *self.log.lock().unwrap() = None;
        self.folder.restore(&self.copy.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_conforms_to_the_guarantees_of_a_backplane() {
    let (folder, log, copy) = (LogFolder::new(), Mutex::default(), Mutex::default());
    check(&Alone { folder, log, copy }).await;
}

/// An engine of several processes. Each node opens the folder itself.
struct Several(LogFolder, Mutex<Image>);

#[async_trait]
impl Engine for Several {
    async fn node(&self) -> Arc<dyn Backplane> {
        self.0.open()
    }

    async fn restart(&self) {}

    async fn begin_again(&self) {
        fs::remove_file(self.0.file("topics.db")).unwrap();
    }

    async fn back_up(&self) {
        *self.1.lock().unwrap() = self.0.image();
    }

    async fn restore(&self) {
        self.0.restore(&self.1.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_with_one_folder_conform_to_the_guarantees() {
    check(&Several(LogFolder::new(), Mutex::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_joins_continues_the_log_and_the_first_one_may_stop() {
    let folder = LogFolder::new();
    let one = folder.open();
    let first = publish(&one, 0..10).await;
    let two = folder.open();
    for number in 10..200_u32 {
        let log = if number % 2 == 0 { &one } else { &two };
        let stored = log.publish(draft("t", number.to_string())).await.unwrap();
        assert_eq!(
            (stored.position.epoch, stored.position.sequence),
            (first.epoch, u64::from(number) + 1)
        );
    }
    drop(one);
    publish(&two, 200..210).await;
    assert_eq!(read(&two, 0).await, (0..210).collect::<Vec<_>>());
    let three = folder.open();
    drop(two);
    assert_eq!(publish(&three, 210..211).await.epoch, first.epoch);
    drop(three);
    let four = folder.open();
    assert_ne!(publish(&four, 211..212).await.epoch, first.epoch, "it was alone");
    assert!(four.look_up(first).await.unwrap().is_past);
    assert_eq!(read(&four, 0).await, (0..212).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_the_index_are_full_whoever_writes() {
    let folder = LogFolder::new();
    let (one, two) = (folder.open(), folder.open());
    let mut expected = Vec::new();
    for round in 0..40 {
        let log = if round % 2 == 0 { &one } else { &two };
        let each = (0..500).map(|number| match number % 50 {
            7 => draft("quiet", (round * 500 + number).to_string()),
            _ => draft(&format!("busy/{}", number % 3), "x"),
        });
        for stored in super::log_folder::publish_all(log, each).await {
            stored.unwrap();
        }
        expected.extend((0..10).map(|number| (round * 500 + number * 50 + 7).to_string()));
    }
    for log in [&one, &two, &folder.open()] {
        let page = log.read(PageQuery::after("quiet", 0, usize::MAX)).await.unwrap();
        let mut seen: Vec<_> = page.entries.into_iter().map(|entry| entry.data).collect();
        seen.sort_by_key(|data| data.parse::<u32>().unwrap());
        assert_eq!(seen, expected);
        assert_eq!((page.through, page.evicted_through), (20_000, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_the_folder_and_what_to_do() {
    let folder = LogFolder::new();
    fs::write(folder.file("topics.db"), "no database".repeat(1000)).unwrap();
    let error = SqliteLog::open(folder.path(), |_| {}).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("open the log of topics in `{}`: ", folder.path().display()))
    );
    assert!(error.ends_with("restore a backup, or move it away to begin a new log"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_others_are_not_touched_and_own_files_are_private() {
    let folder = LogFolder::new();
    let inner = folder.file("log");
    let open = || SqliteLog::open(&inner, |_| {});
    drop(open().unwrap());
    for name in ["app.log", "00000000000000000001.log", "old.broken", "topics.db.bak"] {
        fs::write(inner.join(name), "of others").unwrap();
    }
    let log = open().unwrap();
    publish(&log, 0..10).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner), 0o700);
        for name in ["topics.db", "topics.db-wal", "topics.db-shm", "topics.lock", "topics.mark"] {
            assert_eq!(mode(&inner.join(name)), 0o600, "{name}");
        }
    }
    drop(log);
    for name in ["app.log", "00000000000000000001.log", "old.broken", "topics.db.bak"] {
        assert_eq!(fs::read_to_string(inner.join(name)).unwrap(), "of others");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_applications_database_is_refused_and_not_changed() {
    let folder = LogFolder::new();
    let path = folder.file("topics.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE orders(id)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = SqliteLog::open(folder.path(), |_| {}).unwrap_err().to_string();
    assert!(error.ends_with("another application's database; use another folder"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_log_is_one_file_without_a_write_ahead_log() {
    let folder = LogFolder::new();
    for number in 0..50 {
        let log = folder.open();
        publish(&log, number..number + 1).await;
        drop(log);
        assert!(!folder.file("topics.db-wal").exists(), "after {number}");
    }
}
