//! Tests of the log on disk: its guarantees, and its recovery from corrupt files.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use tempfile::TempDir;

use super::{FileLog, FileLogOptions};
use crate::backplane::{Backplane, Draft};
use crate::conformance::{Engine, check};
use crate::position::Position;

/// The log in one folder, which one process can open at a time.
struct Folder {
    folder: TempDir,
    log: Mutex<Option<Arc<dyn Backplane>>>,
}

#[async_trait]
impl Engine for Folder {
    async fn node(&self) -> Arc<dyn Backplane> {
        let mut log = self.log.lock().unwrap();
        let open = || Arc::new(FileLog::open(self.folder.path(), |_| {}).unwrap());
        Arc::clone(log.get_or_insert_with(|| open()))
    }

    async fn restart(&self) {
        *self.log.lock().unwrap() = None;
        // A partly written record, as after a crash.
        append(&last_file(self.folder.path()), b"\x1eHP\x1f\x40\0\0\0part");
    }

    async fn begin_again(&self) {
        *self.log.lock().unwrap() = None;
        for path in files(self.folder.path()) {
            fs::remove_file(path).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_on_disk_conforms_to_the_guarantees_of_a_backplane() {
    let folder = tempfile::tempdir().unwrap();
    check(&Folder { folder, log: Mutex::default() }).await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "log")).collect();
    files.sort();
    files
}

fn last_file(folder: &Path) -> PathBuf {
    files(folder).pop().unwrap()
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Inverts the byte at this offset.
fn flip(path: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[!byte[0]]).unwrap();
}

fn small(options: &mut FileLogOptions) {
    options.flush_every = Duration::ZERO;
    (options.file_bytes, options.total_bytes) = (2_000, 10_000);
}

async fn publish(log: &FileLog, numbers: std::ops::Range<u32>) -> Position {
    let mut last = None;
    for number in numbers {
        let (topic, data) = ("t".to_owned(), number.to_string());
        let draft = Draft { topic, name: None, data, key: None, once: None };
        last = Some(log.publish(draft).await.unwrap().position);
    }
    last.unwrap()
}

async fn read(log: &FileLog, after: u64) -> Vec<u32> {
    let page = log.read("t", after, usize::MAX).await.unwrap();
    page.entries.iter().map(|entry| entry.data.parse().unwrap()).collect()
}

#[test]
fn an_error_names_the_folder_that_is_in_use_or_cannot_be_created() {
    let folder = tempfile::tempdir().unwrap();
    let _log = FileLog::open(&folder, small).unwrap();
    let name = folder.path().display();
    let taken = FileLog::open(&folder, small).unwrap_err().to_string();
    let reason = "another process has opened it; close that process or use another folder";
    assert_eq!(taken, format!("open the log of topics in `{name}`: {reason}"));
    let file = folder.path().join("lock");
    let error = FileLog::open(&file, small).unwrap_err();
    assert!(error.to_string().starts_with(&format!("open the log of topics in `{name}/lock`: ")));
}

#[tokio::test]
async fn a_torn_end_is_cut_off_and_its_sequences_are_not_reused() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::open(&folder, small).unwrap();
    let last = publish(&log, 0..10).await;
    drop(log);
    let path = last_file(folder.path());
    let whole = fs::metadata(&path).unwrap().len();
    append(&path, b"\x1eHP\x1f\x40\0\0\0part");
    let log = FileLog::open(&folder, small).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), whole);
    assert_eq!(read(&log, 0).await, (0..10).collect::<Vec<_>>());
    let next = publish(&log, 10..11).await;
    assert_eq!(next.epoch, last.epoch);
    assert!(next.sequence > last.sequence + 1_000_000);
    drop(log);
    let log = FileLog::open(&folder, small).unwrap();
    assert_eq!(publish(&log, 11..12).await.sequence, next.sequence + 1);
    assert_eq!(read(&log, last.sequence).await, [10, 11]);
}

#[tokio::test]
async fn a_log_that_is_corrupt_in_the_middle_is_replaced_in_another_epoch() {
    for file in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let log = FileLog::open(&folder, small).unwrap();
        let last = publish(&log, 0..60).await;
        drop(log);
        let all = files(folder.path());
        assert!(all.len() > 1);
        flip(&all[file * (all.len() - 1)], 60);
        let log = FileLog::open(&folder, small).unwrap();
        let first = publish(&log, 0..1).await;
        assert_ne!(first.epoch, last.epoch);
        assert_eq!(read(&log, 0).await, [0]);
        let aside = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let aside = aside.filter(|path| path.extension().is_some_and(|e| e == "broken"));
        assert_eq!(aside.count(), all.len());
    }
}

#[tokio::test]
async fn the_size_of_the_log_is_limited_and_evicted_events_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::open(&folder, small).unwrap();
    let first = publish(&log, 0..1).await;
    let mut behind = log.follow(Some(first)).await.unwrap();
    let last = publish(&log, 1..1000).await;
    let bytes: u64 =
        files(folder.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!((8_000..13_000).contains(&bytes), "{bytes}");
    let page = log.read("t", 0, usize::MAX).await.unwrap();
    let kept = u32::try_from(page.entries.len()).unwrap();
    assert!((100..300).contains(&kept), "{kept}");
    assert_eq!(read(&log, 0).await, (1000 - kept..1000).collect::<Vec<_>>());
    assert_eq!(page.evicted_through + u64::from(kept), last.sequence);
    behind.entries.next().await.unwrap().unwrap_err();
    let following = log.follow(Some(first)).await.unwrap();
    assert_eq!(following.position.sequence, page.evicted_through);
}

#[tokio::test]
async fn the_log_can_be_opened_once_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::open(&folder, |_| {}).unwrap();
    FileLog::open(&folder, |_| {}).unwrap_err();
    drop(log);
    FileLog::open(&folder, |_| {}).unwrap();
}
