//! Tests of a loss of power at a random moment, after which any of the unsynced pieces may be on disk.
//!
//! A step changes one file: a commit appends to the write-ahead log, which is then synced; a checkpoint
//! writes to the database after the write-ahead log is synced. So a cut in a step leaves the files as they
//! were before the step, with any of the pieces of 4 KiB that the step changed.

use rusqlite::Connection;

use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Draft};

use super::log_folder::{Image, LogFolder, Resumed, draft, publish_all, rounds, seeded};
use crate::connection::Pace;
use crate::{SqliteLog, SqliteLogOptions};

const PIECE: usize = 4096;
const STEPS: usize = 16;

/// The content of pieces that were not synced.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    /// The content before the step.
    Dropped,
    /// Random bytes, for some of the pieces.
    Garbled,
}

/// A change of one file, with the events that were acknowledged before it and after it.
struct Step {
    file: &'static str,
    before: Image,
    after: Image,
    acknowledged: usize,
    written: usize,
}

/// A log that was written while each step was recorded.
struct Recorded {
    folder: LogFolder,
    published: Vec<(u64, Draft)>,
    start: Position,
    steps: Vec<Step>,
}

impl Recorded {
    async fn new() -> Self {
        let folder = LogFolder::new();
        let flush_every = std::time::Duration::from_millis(2);
        let options = SqliteLogOptions { flush_every, ..SqliteLogOptions::default() };
        let pace = Pace { checkpoint_pages: 0, max_pages: None };
        let log = SqliteLog::open_at(folder.path(), options, pace).unwrap();
        let start = log.follow(None).await.unwrap().position;
        let shell = Connection::open(folder.file("topics.db")).unwrap();
        let mut recorded = Self { folder, published: Vec::new(), start, steps: Vec::new() };
        // A block of the index is completed in one of the steps.
        for _ in 0..8 {
            recorded.publish(&log, 1_000).await;
        }
        for number in 0..STEPS {
            let (before, acknowledged) = (recorded.folder.image(), recorded.published.len());
            let file = if number % 4 == 3 {
                shell.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
                "topics.db"
            } else {
                recorded.publish(&log, fastrand::usize(1..120)).await;
                "topics.db-wal"
            };
            let (after, written) = (recorded.folder.image(), recorded.published.len());
            recorded.steps.push(Step { file, before, after, acknowledged, written });
        }
        recorded
    }

    async fn publish(&mut self, log: &SqliteLog, count: usize) {
        let large = || fastrand::usize(0..if fastrand::u8(..) == 0 { 30_000 } else { 300 });
        let topic = || format!("topic/{}", fastrand::u8(..5));
        let each: Vec<_> = (0..count).map(|_| draft(&topic(), "x".repeat(large()))).collect();
        for (stored, draft) in publish_all(log, each.clone()).await.into_iter().zip(each) {
            self.published.push((stored.unwrap().position.sequence, draft));
        }
        self.published.sort_by_key(|(seq, _)| *seq);
    }

    /// Cuts the power in a step, and checks the log afterwards.
    async fn cut(&self, number: usize, unsynced: Unsynced) {
        let step = &self.steps[number];
        self.folder.restore(&cut(step, unsynced));
        let context = (number, unsynced, step.file);
        let log = self.folder.open();
        let end = log.follow(None).await.unwrap().position;
        assert!(log.look_up(self.start).await.unwrap().is_past, "{context:?}");
        let there = usize::try_from(end.sequence).unwrap();
        assert!((step.acknowledged..=step.written).contains(&there), "{there} {context:?}");
        let published = &self.published[..there];
        let resumed = Resumed::follow(&log, self.start, end.sequence).await;
        assert_eq!(resumed.check(published, &context), 0);
        for number in 0..5 {
            let topic = format!("topic/{number}");
            let of = published.iter().filter(|(_, draft)| draft.topic == topic);
            let resumed = Resumed::pages(&log, &topic, 0, end.sequence).await;
            assert_eq!(resumed.check(of, &context), 0);
        }
        let next = log.publish(draft("topic/0", "next")).await.unwrap().position;
        assert_eq!(next.sequence, end.sequence + 1);
    }
}

/// Returns the files after a cut in this step.
fn cut(step: &Step, unsynced: Unsynced) -> Image {
    let find = |image: &Image| {
        image.iter().find(|(name, _)| *name == step.file).map_or(Vec::new(), |(_, b)| b.clone())
    };
    let (before, after) = (find(&step.before), find(&step.after));
    let mut bytes = before.clone();
    // The header of a restarted write-ahead log is synced before the frames after it.
    let has_new_header = step.file.ends_with("wal") && before.get(..32) != after.get(..32);
    let is_header_only = has_new_header && fastrand::u8(..4) == 0;
    if has_new_header {
        put(&mut bytes, 0, &after[..32]);
    }
    for (at, piece) in after.chunks(PIECE).enumerate().take_while(|_| !is_header_only) {
        let at = at * PIECE;
        if before.get(at..at + piece.len()) == Some(piece) {
            continue;
        }
        let skipped = if at == 0 && has_new_header { 32 } else { 0 };
        if fastrand::bool() {
            put(&mut bytes, at + skipped, &piece[skipped..]);
        } else if matches!(unsynced, Unsynced::Garbled) {
            // The unchanged start of the piece is rewritten with the same bytes.
            let old = before.get(at..).unwrap_or_default();
            let is_new = |(index, byte): &(usize, &u8)| old.get(*index) != Some(*byte);
            let first = piece.iter().enumerate().position(|at| is_new(&at)).unwrap_or(0);
            let garbage: Vec<_> =
                piece[first.max(skipped)..].iter().map(|_| fastrand::u8(..)).collect();
            put(&mut bytes, at + first.max(skipped), &garbage);
        }
    }
    let others = step.before.iter().filter(|(name, _)| *name != step.file).cloned();
    others.chain([(step.file, bytes)]).collect()
}

fn put(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.resize(bytes.len().max(at + piece.len()), 0);
    bytes[at..at + piece.len()].copy_from_slice(piece);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_event_is_lost_when_the_power_fails() {
    seeded();
    let cuts = rounds(24);
    let mut recorded = Recorded::new().await;
    for number in 0..cuts {
        if number % 100 == 99 {
            recorded = Recorded::new().await;
        }
        let unsynced = if number % 2 == 0 { Unsynced::Dropped } else { Unsynced::Garbled };
        recorded.cut(fastrand::usize(..STEPS), unsynced).await;
    }
}
