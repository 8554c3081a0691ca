//! A folder with a log, whose files the tests save, restore and damage.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use hyperpoint_topics::backplane::{Backplane, Draft, Entry, Following, PageQuery, Stored};
use hyperpoint_topics::{BackplaneError, Position};
use tempfile::TempDir;

use crate::connection::Pace;
use crate::{SqliteLog, SqliteLogOptions};

/// The names and contents of the files of a log.
pub(super) type Image = Vec<(&'static str, Vec<u8>)>;

const FILES: [&str; 3] = ["topics.db", "topics.db-wal", "topics.mark"];

/// A temporary folder with a log.
pub(super) struct LogFolder(TempDir);

impl LogFolder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn open(&self) -> Arc<SqliteLog> {
        Arc::new(SqliteLog::open(self.path(), |_| {}).unwrap())
    }

    pub(super) fn open_at(&self, pace: Pace) -> SqliteLog {
        SqliteLog::open_at(self.path(), SqliteLogOptions::default(), pace).unwrap()
    }

    /// Returns the current content of the files, as a killed process would leave it.
    pub(super) fn image(&self) -> Image {
        let read = |name| fs::read(self.file(name)).ok().map(|bytes| (name, bytes));
        FILES.into_iter().filter_map(read).collect()
    }

    /// Replaces the content of the files with an image. The log must be closed.
    pub(super) fn restore(&self, image: &Image) {
        for name in FILES.into_iter().chain(["topics.db-shm"]) {
            match image.iter().find(|(of, _)| *of == name) {
                // Written in place, so that the file keeps its inode.
                Some((_, bytes)) => fs::write(self.file(name), bytes).unwrap(),
                None => drop(fs::remove_file(self.file(name))),
            }
        }
    }
}

pub(super) fn draft(topic: &str, data: impl Into<String>) -> Draft {
    Draft {
        topic: topic.to_owned(),
        name: None,
        data: data.into(),
        key: None,
        expires_after: None,
        once: None,
    }
}

/// Publishes these numbers on one topic, and returns the position of the last event.
pub(super) async fn publish(log: &SqliteLog, numbers: std::ops::Range<u32>) -> Position {
    let mut last = None;
    for number in numbers {
        last = Some(log.publish(draft("t", number.to_string())).await.unwrap().position);
    }
    last.unwrap()
}

/// Publishes these events concurrently.
pub(super) async fn publish_all(
    log: &SqliteLog,
    drafts: impl IntoIterator<Item = Draft>,
) -> Vec<Result<Stored, BackplaneError>> {
    futures_util::future::join_all(drafts.into_iter().map(|draft| log.publish(draft))).await
}

/// Returns the numbers that [`publish`] published after sequence number `after`.
pub(super) async fn read(log: &SqliteLog, after: u64) -> Vec<u32> {
    let page = log.read(PageQuery::after("t", after, usize::MAX)).await.unwrap();
    page.entries.iter().map(|entry| entry.data.parse().unwrap()).collect()
}

/// The events that a resumed client receives, and the ranges that are reported to it as lost.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    pub(super) entries: Vec<Entry>,
    pub(super) gaps: Vec<(u64, u64)>,
}

impl Resumed {
    /// Follows the log as a node does, from this position to sequence number `last`.
    pub(super) async fn follow(log: &SqliteLog, from: Position, last: u64) -> Self {
        let (mut resumed, mut at) = (Self::default(), from.sequence);
        while at < last {
            let position = Position { sequence: at, ..from };
            let following = log.follow(Some(position)).await.unwrap();
            assert!(log.look_up(from).await.unwrap().is_past);
            if following.position.sequence > at {
                resumed.gaps.push((at, following.position.sequence));
                at = following.position.sequence;
            }
            let entries = entries_through(following, at, last).await;
            at = entries.last().map_or(at, |entry| entry.sequence);
            resumed.entries.extend(entries);
        }
        resumed
    }

    /// Reads one topic page by page, from sequence number `at` to `last`.
    pub(super) async fn pages(log: &SqliteLog, topic: &str, mut at: u64, last: u64) -> Self {
        let mut resumed = Self::default();
        while at < last {
            let page = log.read(PageQuery::after(topic, at, 20_000)).await.unwrap();
            assert!(page.through > at, "each page makes progress");
            if page.evicted_through > at {
                resumed.gaps.push((at, page.evicted_through));
            }
            resumed.entries.extend(page.entries);
            at = page.through;
        }
        resumed
    }

    /// Checks that each event was received, in order and unchanged, or reported as lost. Returns
    /// the number of lost events.
    #[track_caller]
    pub(super) fn check<'a>(
        &self,
        published: impl IntoIterator<Item = &'a (u64, Draft)>,
        context: &dyn std::fmt::Debug,
    ) -> usize {
        let mut entries = self.entries.iter().peekable();
        let mut lost = 0;
        for (seq, draft) in published {
            if entries.peek().is_some_and(|entry| entry.sequence == *seq) {
                let Entry { topic, name, data, key, expires_after, .. } = entries.next().unwrap();
                let same = (topic, name, data, key, expires_after)
                    == (&draft.topic, &draft.name, &draft.data, &draft.key, &draft.expires_after);
                assert!(same, "event {seq} has changed: {context:?}");
            } else {
                let is_told = self.gaps.iter().any(|(from, to)| (from + 1..=*to).contains(seq));
                assert!(is_told, "event {seq} is a silent hole: {context:?}");
                lost += 1;
            }
        }
        assert!(entries.next().is_none(), "an event that was not published: {context:?}");
        lost
    }
}

/// Reads entries up to sequence number `last`, or until an error occurs.
async fn entries_through(mut following: Following, mut at: u64, last: u64) -> Vec<Entry> {
    let mut entries = Vec::new();
    while at < last {
        let Some(Ok(entry)) = following.entries.next().await else { break };
        at = entry.sequence;
        entries.push(entry);
    }
    entries
}

/// Returns the number of rounds of a randomized test: `HYPERPOINT_TEST_ROUNDS`, or `default` if it
/// is unset.
pub(super) fn rounds(default: usize) -> usize {
    let asked = std::env::var("HYPERPOINT_TEST_ROUNDS").ok();
    asked.map_or(default, |asked| asked.parse().unwrap())
}

/// Seeds random choices with `HYPERPOINT_TEST_SEED`, or with a random seed if it is unset. Prints
/// the seed, so that a failed test can be repeated.
pub(super) fn seeded() {
    let asked = std::env::var("HYPERPOINT_TEST_SEED").ok();
    let seed = asked.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("HYPERPOINT_TEST_SEED={seed}");
    fastrand::seed(seed);
}
