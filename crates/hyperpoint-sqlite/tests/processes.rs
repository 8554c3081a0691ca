//! Processes that publish to a log: killed, without file descriptors, on a full disk, and one that takes
//! over from another.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here fails the test")]

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_topics::Position;
use hyperpoint_topics::backplane::{Backplane, Deletion, Draft};
use rlimit::Resource;
use rusqlite::Connection;

/// The environment variables of the child process: the folder, and the limit that it sets itself.
const FOLDER: &str = "HYPERPOINT_TEST_LOG";
const LIMIT: &str = "HYPERPOINT_TEST_LIMIT";
const CHILD: &str = "publisher";
const PURGER: &str = "purger";

/// Helper for a child process, not a test of its own: publishes numbers, and prints which were
/// acknowledged. A line on its standard input ends its limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publisher() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let opened = Instant::now();
    let log = SqliteLog::open(&folder, |_| {}).unwrap();
    println!("opened {}", opened.elapsed().as_millis());
    let held = set_limit(env::var(LIMIT).unwrap_or_default().as_str());
    std::thread::spawn(move || {
        if std::io::stdin().read_line(&mut String::new()).is_ok_and(|bytes| bytes > 0) {
            drop(held);
            let (_, hard) = rlimit::getrlimit(Resource::FSIZE).unwrap();
            rlimit::setrlimit(Resource::FSIZE, hard, hard).unwrap();
            println!("unlimited");
        }
    });
    loop {
        let drafts: Vec<_> = (0..fastrand::usize(1..50)).map(draft).collect();
        let each = join_all(drafts.iter().map(|draft| log.publish(draft.clone())));
        for (draft, stored) in drafts.iter().zip(each.await) {
            match stored {
                Ok(stored) => println!("acknowledged {} {}", stored.position.id(), draft.data),
                Err(_) => println!("refused"),
            }
        }
    }
}

/// Helper for a child process, not a test of its own: publishes events of one topic, and purges it, again and
/// again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purger() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let log = SqliteLog::open(&folder, |_| {}).unwrap();
    loop {
        let drafts = (0..12_000).map(|_| Draft { topic: "t".to_owned(), ..draft(1) });
        for stored in join_all(drafts.map(|draft| log.publish(draft))).await {
            stored.unwrap();
        }
        println!("\npurging");
        log.delete("t", Deletion::Through(u64::MAX)).await.unwrap();
    }
}

fn draft(number: usize) -> Draft {
    let once = number.is_multiple_of(3).then(|| fastrand::u64(..).to_string());
    let (topic, data) = (format!("topic/{}", number % 5), format!("{:0400}", fastrand::u64(..)));
    Draft { topic, name: None, data, key: None, expires_after: None, once }
}

/// Sets a limit of this process: one free file descriptor, or this size of files.
fn set_limit(limit: &str) -> Vec<std::fs::File> {
    match limit {
        "" => Vec::new(),
        "descriptors" => {
            let mut held = Vec::new();
            rlimit::setrlimit(Resource::NOFILE, 256, 256).unwrap();
            while let Ok(file) = std::fs::File::open("/dev/null") {
                held.push(file);
            }
            held.pop();
            held
        }
        bytes => {
            let (_, hard) = rlimit::getrlimit(Resource::FSIZE).unwrap();
            rlimit::setrlimit(Resource::FSIZE, bytes.parse().unwrap(), hard).unwrap();
            Vec::new()
        }
    }
}

/// A process that publishes.
struct Publisher {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    input: ChildStdin,
}

/// What a process printed.
#[derive(Default)]
struct Printed {
    acknowledged: Vec<(Position, String)>,
    refused: usize,
    opened_ms: Option<u64>,
}

impl Publisher {
    fn start(folder: &Path, limit: &str) -> Self {
        Self::start_child(CHILD, folder, limit)
    }

    fn start_child(child: &str, folder: &Path, limit: &str) -> Self {
        // A write beyond the limit of files is then an error, and does not end the process.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(env::current_exe().unwrap());
        command.args(["--exact", child, "--nocapture"]).env(FOLDER, folder).env(LIMIT, limit);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let input = process.stdin.take().unwrap();
        Self { process, lines, input }
    }

    /// Reads what is printed, until this holds.
    fn until(&mut self, mut is_enough: impl FnMut(&Printed, &str) -> bool) -> Printed {
        let mut printed = Printed::default();
        while let Some(Ok(line)) = self.lines.next() {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                ["acknowledged", id, data] => {
                    let position = Position::parse(id).unwrap();
                    printed.acknowledged.push((position, data.to_owned()));
                }
                ["refused"] => printed.refused += 1,
                // The harness may have begun the line.
                [.., "opened", after] => printed.opened_ms = after.parse().ok(),
                _ => {}
            }
            if is_enough(&printed, &line) {
                break;
            }
        }
        printed
    }

    /// Kills the process, and reads what it printed.
    fn kill(mut self) -> Vec<(Position, String)> {
        self.process.kill().unwrap();
        let printed = self.until(|_, _| false);
        self.process.wait().unwrap();
        printed.acknowledged
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It may have been killed and waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Checks that the log has all of these events, under their ids, with each number once.
async fn check(folder: &Path, acknowledged: &mut [(Position, String)]) {
    acknowledged.sort_by_key(|(position, _)| position.sequence);
    assert!(acknowledged.windows(2).all(|pair| pair[0].0.sequence < pair[1].0.sequence));
    let log = SqliteLog::open(folder, |_| {}).unwrap();
    let end = log.follow(None).await.unwrap().position;
    let start = Position { sequence: 0, ..end };
    let mut following = log.follow(Some(start)).await.unwrap();
    assert_eq!(following.position, start);
    for (position, _) in &*acknowledged {
        assert!(log.look_up(*position).await.unwrap().is_past, "{position}");
    }
    let mut expected = acknowledged.iter().peekable();
    for number in 1..=end.sequence {
        let entry = following.entries.next().await.unwrap().unwrap();
        assert_eq!(entry.sequence, number);
        if let Some((position, data)) = expected.next_if(|(p, _)| p.sequence == number) {
            assert_eq!((*position, data), (entry.position(), &entry.data));
        }
    }
    assert_eq!(expected.next(), None);
}

fn rounds(default: usize) -> usize {
    let asked = env::var("HYPERPOINT_TEST_ROUNDS").ok();
    asked.map_or(default, |asked| asked.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_event_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..rounds(6) {
        let mut publisher = Publisher::start(folder.path(), "");
        let count = fastrand::usize(1..400);
        let printed = publisher.until(|printed, _| printed.acknowledged.len() >= count);
        acknowledged.extend(printed.acknowledged);
        acknowledged.extend(publisher.kill());
    }
    check(folder.path(), &mut acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_free_descriptor_the_log_is_written_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = Publisher::start(folder.path(), "descriptors");
    let printed = publisher.until(|printed, _| printed.acknowledged.len() >= 500);
    assert_eq!(printed.refused, 0);
    let mut acknowledged = printed.acknowledged;
    acknowledged.extend(publisher.kill());
    check(folder.path(), &mut acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_the_log_continues_when_there_is_space() {
    for limit in ["150000", "400000", "1000000"] {
        let folder = tempfile::tempdir().unwrap();
        let mut publisher = Publisher::start(folder.path(), limit);
        let printed = publisher.until(|printed, _| printed.refused >= 100);
        assert!(!printed.acknowledged.is_empty());
        let mut acknowledged = printed.acknowledged;
        publisher.input.write_all(b"free\n").unwrap();
        let more = publisher.until(|_, line| line == "unlimited").acknowledged;
        acknowledged.extend(more);
        let more = publisher.until(|printed, _| printed.acknowledged.len() >= 300).acknowledged;
        acknowledged.extend(more);
        acknowledged.extend(publisher.kill());
        check(folder.path(), &mut acknowledged).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_process_takes_over_at_once_while_the_old_one_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    let mut old = Publisher::start(folder.path(), "");
    acknowledged.extend(old.until(|printed, _| printed.acknowledged.len() >= 200).acknowledged);
    for _ in 0..rounds(3) {
        let mut new = Publisher::start(folder.path(), "");
        let printed = new.until(|printed, _| printed.acknowledged.len() >= 200);
        let opened = Duration::from_millis(printed.opened_ms.unwrap());
        assert!(opened < Duration::from_secs(1), "{opened:?}");
        acknowledged.extend(printed.acknowledged);
        let both = old.until(|printed, _| printed.acknowledged.len() >= 200);
        assert_eq!((both.refused, printed.refused), (0, 0));
        acknowledged.extend(both.acknowledged);
        acknowledged.extend(old.kill());
        old = new;
    }
    acknowledged.extend(old.kill());
    check(folder.path(), &mut acknowledged).await;
}

/// Returns the numbers of the events of the purged topic, and whether each is deleted.
fn purged_events(folder: &Path) -> Vec<(u64, bool)> {
    let shell = Connection::open(folder.join("topics.db")).unwrap();
    let query = "SELECT seq, kind FROM event WHERE kind < 2 ORDER BY seq";
    let mut query = shell.prepare(query).unwrap();
    let event = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let rows = query.query_map([], event).unwrap().map(Result::unwrap);
    rows.map(|(seq, kind)| (seq.cast_unsigned(), kind == 1)).collect()
}

/// Checks that a follower of all entries receives the deletion of each event that is deleted, and of no other.
async fn check_deletions(folder: &Path) {
    let log = SqliteLog::open(folder, |_| {}).unwrap();
    let end = log.follow(None).await.unwrap().position;
    let mut following = log.follow(Some(Position { sequence: 0, ..end })).await.unwrap();
    // The last entry of the log may be an event that is deleted, which is not followed.
    log.publish(draft(2)).await.unwrap();
    let mut ends = Vec::new();
    loop {
        let entry = following.entries.next().await.unwrap().unwrap();
        match entry.deletes {
            Some(Deletion::Through(end)) => ends.push(end),
            _ if entry.sequence > end.sequence => break,
            _ => {}
        }
    }
    for (seq, is_deleted) in
        purged_events(folder).into_iter().filter(|(seq, _)| *seq <= end.sequence)
    {
        assert_eq!(ends.iter().any(|end| seq <= *end), is_deleted, "{seq} of {ends:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_receive_what_a_purge_deleted_before_its_process_was_killed() {
    let mut cut_short = 0;
    // A purge may end before the kill.
    for _ in 0..rounds(20) {
        let folder = tempfile::tempdir().unwrap();
        let mut purger = Publisher::start_child(PURGER, folder.path(), "");
        purger.until(|_, line| line == "purging");
        let enough = fastrand::usize(1..6_000);
        let count = || purged_events(folder.path()).iter().filter(|(_, deleted)| *deleted).count();
        while count() < enough {}
        purger.kill();
        let is_cut_short = purged_events(folder.path()).iter().any(|(_, is_deleted)| !is_deleted);
        check_deletions(folder.path()).await;
        cut_short += usize::from(is_cut_short);
        if cut_short == 2 {
            return;
        }
    }
    assert!(cut_short > 0, "each purge was done before its process was killed");
}
