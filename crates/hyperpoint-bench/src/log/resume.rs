//! Measures the time to the first event of a client that resumes on a quiet topic of a large log.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use hyperpoint::prelude::*;
use hyperpoint::sqlite::SqliteLog;
use hyperpoint::topics::{Position, Received};

use crate::failure::Result;

const BUSY: TopicTemplate<String> = TopicTemplate::new("busy/{number}");
const QUIET: TopicTemplate<String> = TopicTemplate::new("quiet/{number}");
/// The number of quiet topics, which have two events each.
const TOPICS: usize = 30;
/// The number of events that are published concurrently.
const BATCH: usize = 4_096;
/// The approximate size of an event in the log, including its part of the index, in bytes.
const BYTES: u64 = 1_100;
/// The name of the file that stores the id after which clients resume.
const POSITION: &str = "position.txt";

/// Opens the log in this folder, with limits at which no event is deleted.
fn open(folder: &Path) -> Result<Topics> {
    let log = SqliteLog::open(folder.join("log"), |options| {
        options.total_bytes = 1 << 40;
        options.age = Duration::from_hours(1_000_000);
    })?;
    Ok(Topics::with_backplane(log, |_| {}))
}

/// Writes a log of about this size. Each quiet topic has one event after a thousandth of the log
/// and one after half of it. Clients resume between these two events.
pub(crate) async fn fill(folder: &Path, megabytes: u64) -> Result<()> {
    let topics = open(folder)?;
    let batches = (megabytes * 1_000_000 / BYTES).div_ceil(BATCH as u64).max(4);
    for batch in 0..batches {
        if batch == batches / 1_000 + 1 || batch == batches / 2 {
            for number in 0..TOPICS {
                topics.topic(QUIET.with([number])).publish(&"quiet".to_owned()).await?;
            }
        }
        if batch == batches / 1_000 + 1 {
            let last = topics.topic(BUSY.with([0])).publish(&"last".to_owned()).await?;
            fs::write(folder.join(POSITION), last.id().to_string())?;
        }
        let each = (0..BATCH).map(|number| {
            let topic = topics.topic(BUSY.with([number % 100]));
            async move { topic.publish(&"x".repeat(1_000)).await }
        });
        try_join_all(each).await?;
    }
    let size = fs::metadata(folder.join("log/topics.db"))?.len();
    println!("{} MB", size / 1_000_000);
    Ok(())
}

/// Opens the log, resumes on one quiet topic after the other, and prints the times and the memory.
pub(crate) async fn run(folder: &Path) -> Result<()> {
    let position = Position::parse(&fs::read_to_string(folder.join(POSITION))?)?;
    let (resident, begun) = (resident_bytes()?, Instant::now());
    let topics = open(folder)?;
    println!("open: {:.1} ms", millis(begun.elapsed()));
    println!("resident: {:.1} MB more", megabytes(resident_bytes()?.saturating_sub(resident)));
    let mut times = Vec::new();
    for number in 0..TOPICS {
        let begun = Instant::now();
        let mut events = topics.topic(QUIET.with([number])).subscribe().after(position).events();
        match events.next().await {
            Some(Received::Event { data, .. }) if data == "quiet" => {
                times.push(millis(begun.elapsed()));
            }
            other => return Err(format!("no event but {other:?}").into()),
        }
    }
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let last = times.last().copied().unwrap_or_default();
    println!("first event of the first client: {first:.1} ms");
    println!("of each later one: median {median:.2} ms, at most {last:.2} ms");
    println!("resident: {:.1} MB more", megabytes(resident_bytes()?.saturating_sub(resident)));
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1_000).unwrap_or(u32::MAX)) / 1_000.0
}

/// Returns the resident memory of this process, in bytes.
fn resident_bytes() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}
