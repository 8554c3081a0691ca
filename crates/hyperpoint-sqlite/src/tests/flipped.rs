//! Tests of damaged files: a flipped bit, a lost page. Lost events are reported, and no event is
//! changed.

use std::collections::BTreeSet;
use std::ops::Range;

use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Deletion, Draft, KeysQuery};

use super::log_folder::{Image, LogFolder, Resumed, draft, publish, publish_all, rounds, seeded};
use crate::SqliteLog;

/// Fills a log with events of several topics, and returns the events and the position of the last
/// one.
async fn filled(log: &SqliteLog, numbers: Range<u32>) -> (Vec<(u64, Draft)>, Position) {
    let mut published = Vec::new();
    let mut last = log.follow(None).await.unwrap().position;
    for start in numbers.clone().step_by(1_000) {
        let each = (start..numbers.end.min(start + 1_000)).map(|number| {
            let topic = match number % 100 {
                0 => "quiet".to_owned(),
                1..20 => format!("user/{}", number % 700),
                _ => format!("busy/{}", number % 3),
            };
            let key = (number % 5 == 0).then(|| format!("key {number}"));
            let once = (number % 7 == 0).then(|| format!("once {number}"));
            Draft { key, once, ..draft(&topic, "x".repeat(number as usize % 200)) }
        });
        let each: Vec<_> = each.collect();
        let stored = publish_all(log, each.clone()).await;
        for (stored, draft) in stored.into_iter().zip(each) {
            let position = stored.unwrap().position;
            published.push((position.sequence, draft));
            last.sequence = last.sequence.max(position.sequence);
        }
    }
    published.sort_by_key(|(seq, _)| *seq);
    (published, last)
}

/// Opens a log that may be damaged, and checks the events and gaps that clients receive. Returns
/// the number of lost events, or `None` if opening the log or writing to it fails.
async fn check(
    folder: &LogFolder,
    published: &[(u64, Draft)],
    last: Position,
    context: &dyn std::fmt::Debug,
) -> Option<usize> {
    let log = SqliteLog::open(folder.path(), |_| {}).ok()?;
    let epoch = log.follow(None).await.unwrap().position.epoch;
    let from = Position { epoch, sequence: 0 };
    let end = log.follow(None).await.unwrap().position.sequence;
    assert!(end < last.sequence + 10_000, "{context:?}");
    assert!(end >= last.sequence, "the end is lost, or a number could be given again: {context:?}");
    let mut expected = published.to_vec();
    let Ok(stored) = log.publish(draft("quiet", "after")).await else { return None };
    assert!(stored.position.sequence > last.sequence, "{context:?}");
    let end = stored.position.sequence;
    expected.push((end, draft("quiet", "after")));
    if !log.look_up(last).await.unwrap().is_past {
        // The ids of clients are no longer valid. The remaining events must be unchanged.
        let all = Resumed::follow(&log, from, end).await;
        let there: BTreeSet<_> = all.entries.iter().map(|entry| entry.sequence).collect();
        expected.retain(|(seq, _)| there.contains(seq));
    }
    let missing = Resumed::follow(&log, from, end).await.check(&expected, context);
    let topics: BTreeSet<_> = published.iter().map(|(_, draft)| draft.topic.clone()).collect();
    for topic in topics.iter().step_by(40).chain([&"quiet".to_owned()]) {
        let of = expected.iter().filter(|(_, draft)| draft.topic == *topic);
        Resumed::pages(&log, topic, 0, end).await.check(of.clone(), &(context, topic));
        let (after, limit_keys, limit_bytes) = (0, usize::MAX, usize::MAX);
        let keys = log.read_keys(KeysQuery { topic, after, limit_keys, limit_bytes }).await;
        let entries = keys.unwrap().unwrap().entries;
        // Damaged events may be missing.
        Resumed { entries, gaps: vec![(0, end)] }.check(of, &(context, topic));
    }
    let each = (0..200).map(|key| Draft { key: Some(format!("key {key}")), ..draft("quiet", "7") });
    let stored = publish_all(&log, each).await;
    assert!(stored.iter().all(Result::is_ok), "{context:?}");
    if let Err(error) = log.delete("quiet", Deletion::Through(u64::MAX)).await {
        // A purge may fail because of damaged pages of events, but not because the table `newest`
        // is damaged.
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert!(source.is_some_and(|source| !source.contains("newest")), "{context:?}");
    }
    Some(missing)
}

fn flip(image: &mut Image, name: &str) -> usize {
    let (_, bytes) = image.iter_mut().find(|(of, _)| *of == name).unwrap();
    let at = fastrand::usize(..bytes.len() * 8);
    bytes[at / 8] ^= 1 << (at % 8);
    at / 8
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_closed_log_is_told() {
    seeded();
    let folder = LogFolder::new();
    let log = folder.open();
    let (published, last) = filled(&log, 0..9_000).await;
    drop(log);
    let image = folder.image();
    let (mut missing, mut refused, mut anew) = (0, 0, 0);
    for _ in 0..rounds(8) {
        let mut damaged = image.clone();
        let at = flip(&mut damaged, "topics.db");
        folder.restore(&damaged);
        match check(&folder, &published, last, &(at, at / 4096)).await {
            Some(events) => missing = missing.max(events),
            None => refused += 1,
        }
        anew += usize::from(is_anew(&folder, last).await);
    }
    println!("at most {missing} events lost, {refused} refused, {anew} another log");
}

/// Returns the offsets of the last bytes of the sequence numbers in a database, one list for each
/// page of events (<https://sqlite.org/fileformat2.html#b_tree_pages>). Only sequence numbers from
/// 128 on, which have two bytes, are included.
fn sequence_numbers(database: &[u8]) -> Vec<Vec<usize>> {
    const LEAF_OF_TABLE: u8 = 13;
    let number = |at: usize| usize::from(database[at]) << 8 | usize::from(database[at + 1]);
    let is_last = |byte: u8| byte < 128;
    let events_of = |page: usize| {
        let cells = (0..number(page + 3)).map(|cell| page + number(page + 8 + cell * 2));
        let numbers = cells.filter_map(|cell| {
            let length = (cell..cell + 2).find(|at| is_last(database[*at]))?;
            let has_two_bytes = !is_last(database[length + 1]) && is_last(database[length + 2]);
            has_two_bytes.then_some(length + 2)
        });
        numbers.collect::<Vec<_>>()
    };
    let pages = (4096..database.len()).step_by(4096);
    let leaves = pages.filter(|page| database[*page] == LEAF_OF_TABLE);
    leaves.map(events_of).filter(|numbers| numbers.len() > 3).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_sequence_number_is_told() {
    let folder = LogFolder::new();
    let log = folder.open();
    let (published, last) = filled(&log, 0..400).await;
    drop(log);
    let image = folder.image();
    let pages = sequence_numbers(&image[0].1);
    assert!(pages.len() > 3);
    // The damaged sequence numbers are out of order, so that a lookup may find a wrong event.
    for at in pages[1].iter().step_by(3) {
        for bit in 2..7 {
            let mut damaged = image.clone();
            damaged[0].1[*at] ^= 1 << bit;
            folder.restore(&damaged);
            assert!(check(&folder, &published, last, &(at, bit)).await.is_some());
        }
    }
}

async fn is_anew(folder: &LogFolder, last: Position) -> bool {
    let Ok(log) = SqliteLog::open(folder.path(), |_| {}) else { return false };
    !log.look_up(last).await.unwrap().is_past
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_page_is_told() {
    seeded();
    let folder = LogFolder::new();
    let log = folder.open();
    let (published, last) = filled(&log, 0..9_000).await;
    drop(log);
    let image = folder.image();
    let (mut missing, mut refused) = (0, 0);
    for round in 0..rounds(6) {
        let mut damaged = image.clone();
        let bytes = &mut damaged[0].1;
        let page = fastrand::usize(1..bytes.len() / 4096);
        let with = || if round % 2 == 0 { 0 } else { fastrand::u8(..) };
        bytes[page * 4096..][..4096].iter_mut().for_each(|byte| *byte = with());
        folder.restore(&damaged);
        match check(&folder, &published, last, &("page", page)).await {
            Some(events) => missing = missing.max(events),
            None => refused += 1,
        }
    }
    println!("at most {missing} events lost, {refused} refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_killed_logs_newest_events_is_told() {
    seeded();
    let folder = LogFolder::new();
    let log = folder.open();
    let (mut published, _) = filled(&log, 0..1_000).await;
    let (more, last) = filled(&log, 1_000..1_500).await;
    published.extend(more);
    let image = folder.image();
    drop(log);
    for _ in 0..rounds(8) {
        let mut damaged = image.clone();
        let at = flip(&mut damaged, "topics.db-wal");
        folder.restore(&damaged);
        assert!(check(&folder, &published, last, &("wal", at)).await.is_some());
    }
    folder.restore(&image);
    assert_eq!(check(&folder, &published, last, &"unchanged").await, Some(0));
    assert!(!is_anew(&folder, last).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_event_ends_live_streams_and_they_continue_after_it() {
    let folder = LogFolder::new();
    let log = folder.open();
    let last = publish(&log, 0..100).await;
    drop(log);
    let shell = rusqlite::Connection::open(folder.file("topics.db")).unwrap();
    shell.execute("UPDATE event SET data = '7' WHERE seq IN (40, 41)", []).unwrap();
    shell.execute("DELETE FROM event WHERE seq = 60", []).unwrap();
    drop(shell);
    let log = folder.open();
    let resumed = Resumed::follow(&log, Position { sequence: 0, ..last }, 100).await;
    assert_eq!(resumed.gaps, [(39, 41), (59, 60)]);
    assert_eq!(resumed.entries.len(), 97);
    let paged = Resumed::pages(&log, "t", 0, 100).await;
    assert_eq!(paged.gaps, [(39, 41), (59, 60)]);
    assert_eq!(paged.entries.len(), 97);
}
