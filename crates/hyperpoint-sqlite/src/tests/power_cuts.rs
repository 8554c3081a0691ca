//! Tests of a loss of power at a random moment, after which any of the unsynced pieces may be on
//! disk.
//!
//! A step changes one file: commits append to the write-ahead log, which is synced after each
//! commit; a checkpoint writes to the database after the write-ahead log is synced. A loss of power
//! during a step therefore leaves the content before the step, all pieces of the commits that were
//! synced, and any of the other pieces that the step changed. A piece has 4 KiB.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Deletion, Draft, Entry, KeysQuery};
use rusqlite::Connection;

use super::log_folder::{Image, LogFolder, Resumed, draft, publish_all, rounds, seeded};
use crate::connection::Pace;
use crate::{SqliteLog, SqliteLogOptions};

const PIECE: usize = 4096;
const STEPS: usize = 16;

/// The content of unsynced pieces that did not reach the disk completely.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    /// The content before the step.
    Dropped,
    /// Random bytes in the changed part of the piece.
    Garbled,
}

/// A change of one file, with the last acknowledged sequence number before the step and the last
/// written sequence number after it.
struct Step {
    file: &'static str,
    before: Image,
    after: Image,
    acknowledged: u64,
    written: u64,
}

/// A log, with the recorded steps in which it was written.
struct Recorded {
    folder: LogFolder,
    published: Vec<(u64, Draft)>,
    /// The sequence number, the topic and the deleted events of each deletion.
    deletions: Vec<(u64, String, Deletion)>,
    start: Position,
    steps: Vec<Step>,
}

impl Recorded {
    async fn new() -> Self {
        let folder = LogFolder::new();
        let flush_every = Duration::from_millis(2);
        let options = SqliteLogOptions { flush_every, ..SqliteLogOptions::default() };
        let pace = Pace { checkpoint_pages: 0, max_pages: None };
        let log = SqliteLog::open_at(folder.path(), options, pace).unwrap();
        let start = log.follow(None).await.unwrap().position;
        let shell = Connection::open(folder.file("topics.db")).unwrap();
        let (published, deletions, steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut recorded = Self { folder, published, deletions, start, steps };
        // A block of the index is completed in one of the steps.
        for _ in 0..8 {
            recorded.publish(&log, 1_000).await;
        }
        for number in 0..STEPS {
            let (before, acknowledged) = (recorded.folder.image(), last_of(&log).await);
            let file = if number % 4 == 3 {
                shell.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
                "topics.db"
            } else {
                recorded.write(&log, number).await;
                "topics.db-wal"
            };
            let (after, written) = (recorded.folder.image(), last_of(&log).await);
            recorded.steps.push(Step { file, before, after, acknowledged, written });
        }
        recorded
    }

    /// Publishes, deletes some events, or purges a topic while events are published.
    async fn write(&mut self, log: &SqliteLog, number: usize) {
        let before = log.follow(None).await.unwrap().position;
        match number % 8 {
            1 | 5 => {
                for _ in 0..fastrand::usize(1..20) {
                    let (seq, draft) = &self.published[fastrand::usize(..self.published.len())];
                    log.delete(&draft.topic, Deletion::Event(*seq)).await.unwrap();
                }
            }
            2 => {
                // The first topic has enough events for a purge in several transactions.
                let topic = format!("topic/{}", if number == 2 { 0 } else { fastrand::u8(..5) });
                let purge = log.delete(&topic, Deletion::Through(u64::MAX));
                let (purged, ()) = tokio::join!(purge, self.publish(log, 100));
                assert_eq!(purged.unwrap().which, Deletion::Through(before.sequence));
            }
            _ => return self.publish(log, fastrand::usize(1..120)).await,
        }
        // The last event may be deleted, so another event ends the range to follow.
        self.publish(log, 1).await;
        let entries = Resumed::follow(log, before, last_of(log).await).await.entries;
        let deletion = |entry: &Entry| Some((entry.sequence, entry.topic.clone(), entry.deletes?));
        self.deletions.extend(entries.iter().filter_map(deletion));
    }

    async fn publish(&mut self, log: &SqliteLog, count: usize) {
        let each: Vec<_> = (0..count).map(|_| any_draft()).collect();
        for (stored, draft) in publish_all(log, each.clone()).await.into_iter().zip(each) {
            self.published.push((stored.unwrap().position.sequence, draft));
        }
        self.published.sort_by_key(|(seq, _)| *seq);
    }

    /// Returns the undeleted events of the log if it ends at sequence number `end`.
    fn left(&self, end: u64) -> Vec<(u64, Draft)> {
        let is_deleted = |seq: u64, draft: &Draft| {
            let deletions = self
                .deletions
                .iter()
                .filter(|(at, topic, _)| (seq + 1..=end).contains(at) && *topic == draft.topic);
            let mut which = deletions.map(|(_, _, which)| which);
            which.any(|which| match which {
                Deletion::Event(deleted) => *deleted == seq,
                Deletion::Through(last) => seq <= *last,
            })
        };
        let left =
            self.published.iter().filter(|(seq, draft)| *seq <= end && !is_deleted(*seq, draft));
        left.cloned().collect()
    }

    /// Simulates a loss of power during a step, and checks the log afterwards.
    async fn cut(&self, number: usize, unsynced: Unsynced) {
        let step = &self.steps[number];
        self.folder.restore(&cut(step, unsynced));
        let context = (number, unsynced, step.file);
        let log = self.folder.open();
        let end = last_of(&log).await;
        assert!(log.look_up(self.start).await.unwrap().is_past, "{context:?}");
        assert!((step.acknowledged..=step.written).contains(&end), "{end} {context:?}");
        self.check_once(&log, end, &context).await;
        self.check_newest(&log, end, &context).await;
        let next = log.publish(draft("topic/0", "next")).await.unwrap().position;
        assert_eq!(next.sequence, end + 1);
        let mut expected = self.left(end);
        expected.push((next.sequence, draft("topic/0", "next")));
        let mut resumed = Resumed::follow(&log, self.start, next.sequence).await;
        let deletions = resumed.entries.extract_if(.., |entry| entry.deletes.is_some());
        let deletions =
            deletions.map(|entry| (entry.sequence, entry.topic, entry.deletes.unwrap()));
        let expected_deletions = self.deletions.iter().filter(|(at, ..)| *at <= end).cloned();
        assert!(deletions.eq(expected_deletions), "{context:?}");
        assert_eq!((resumed.check(&expected, &context), &*resumed.gaps), (0, &[][..]));
        for number in 0..5 {
            let topic = format!("topic/{number}");
            let of = expected.iter().filter(|(_, draft)| draft.topic == topic);
            let resumed = Resumed::pages(&log, &topic, 0, next.sequence).await;
            assert_eq!((resumed.check(of, &context), &*resumed.gaps), (0, &[][..]));
        }
        if number == 2 {
            // Repeats the interrupted purge.
            log.delete("topic/0", Deletion::Through(u64::MAX)).await.unwrap();
            assert_eq!(Resumed::pages(&log, "topic/0", 0, next.sequence).await.entries, []);
        }
    }

    /// Checks that the log returns the newest event of each key, unless that event is deleted, and
    /// no other event.
    async fn check_newest(&self, log: &SqliteLog, end: u64, context: &dyn std::fmt::Debug) {
        let mut newest = HashMap::new();
        for (seq, draft) in self.published.iter().filter(|(seq, _)| *seq <= end) {
            if draft.key.is_some() {
                newest.insert((&draft.topic, &draft.key), *seq);
            }
        }
        let newest: HashSet<_> = newest.into_values().collect();
        let left = self.left(end);
        for number in 0..5 {
            let topic = &format!("topic/{number}");
            let (after, limit_keys, limit_bytes) = (0, usize::MAX, usize::MAX);
            let query = KeysQuery { topic, after, limit_keys, limit_bytes };
            let page = log.read_keys(query).await.unwrap().unwrap();
            let resumed = Resumed { entries: page.entries, gaps: Vec::new() };
            let of = |seq: u64, draft: &Draft| newest.contains(&seq) && draft.topic == *topic;
            resumed.check(left.iter().filter(|(seq, draft)| of(*seq, draft)), context);
        }
    }

    /// Checks that random events, including deleted events, are recognized by their idempotency
    /// keys.
    async fn check_once(&self, log: &SqliteLog, end: u64, context: &dyn std::fmt::Debug) {
        let stored =
            self.published.iter().filter(|(seq, draft)| *seq <= end && draft.once.is_some());
        let stored: Vec<_> = stored.collect();
        for _ in 0..2 {
            let (seq, draft) = stored[fastrand::usize(..stored.len())];
            let again = log.publish(draft.clone()).await.unwrap();
            assert_eq!((again.position.sequence, again.is_duplicate), (*seq, true), "{context:?}");
        }
    }
}

async fn last_of(log: &SqliteLog) -> u64 {
    log.follow(None).await.unwrap().position.sequence
}

fn any_draft() -> Draft {
    let bytes = fastrand::usize(0..if fastrand::u8(..) == 0 { 30_000 } else { 300 });
    let topic = format!("topic/{}", fastrand::u8(..10).saturating_sub(5));
    let key = fastrand::bool().then(|| fastrand::u8(..).to_string());
    let once = (fastrand::u8(..4) == 0).then(|| fastrand::u64(..).to_string());
    let expires_after =
        (fastrand::u8(..4) == 0).then(|| Duration::from_millis(fastrand::u64(1 << 22..1 << 30)));
    Draft { key, once, expires_after, ..draft(&topic, "x".repeat(bytes)) }
}

/// Returns the files after a loss of power during this step.
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
    let changed = after.chunks(PIECE).enumerate().map(|(index, piece)| (index * PIECE, piece));
    let changed = changed.filter(|(at, piece)| before.get(*at..at + piece.len()) != Some(piece));
    let changed: Vec<_> = changed.collect();
    // The pieces before this index belong to transactions that were synced before the loss of
    // power.
    let synced = if fastrand::bool() { fastrand::usize(..=changed.len()) } else { 0 };
    for (index, (at, piece)) in changed.into_iter().enumerate().take_while(|_| !is_header_only) {
        let skipped = if at == 0 && has_new_header { 32 } else { 0 };
        if index < synced || fastrand::bool() {
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
async fn no_acknowledged_event_or_deletion_is_lost_when_the_power_fails() {
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
