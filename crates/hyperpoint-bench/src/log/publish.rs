//! Measures durable publications, and compares them with a loop of synced commits.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use hyperpoint::prelude::*;
use hyperpoint::sqlite::SqliteLog;
use rusqlite::Connection;

use crate::failure::Result;

const EVENTS: TopicName<String> = TopicName::new("events");
/// The length of the text of each event. The event's data, a JSON string, has 150 bytes.
const LETTERS: usize = 148;
/// The number of events that are written before each measurement, so that the write-ahead log has
/// its full size: a sync takes longer while a file grows.
const FIRST_EVENTS: usize = 64;
const FIRST_LETTERS: usize = 100_000;
const ROUNDS: usize = 9;
const TIME: Duration = Duration::from_millis(1_500);
/// How long the log looks at its files in each commit after its folder has changed, rounded up.
const SETTLING_TIME: Duration = Duration::from_millis(3_500);

/// The result of one round.
struct Measured {
    per_second: f64,
    /// The 99th percentile of the time of a publication, in milliseconds.
    p99: f64,
}

/// Measures the loop of commits and each number of publishers once per round, and prints the
/// medians of all rounds.
pub(crate) async fn run(folder: &Path, counts: &[usize]) -> Result<()> {
    let mut floors = Vec::new();
    let mut rounds: Vec<Vec<Measured>> = counts.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        let folder = folder.join(format!("round-{round}"));
        std::fs::create_dir_all(&folder)?;
        settle()?;
        floors.push(commits(&folder)?);
        for (count, rounds) in counts.iter().zip(&mut rounds) {
            settle()?;
            rounds.push(publish(&folder.join(count.to_string()), *count).await?);
        }
        std::fs::remove_dir_all(&folder)?;
    }
    println!("| | per second | ratio | p99, ms |\n| --- | ---: | ---: | ---: |");
    print("synced commits, one row each", &floors, &floors);
    for (count, rounds) in counts.iter().zip(&rounds) {
        print(&format!("publishers: {count}"), rounds, &floors);
    }
    Ok(())
}

/// Waits until all previous writes and deletions are synced to the disk.
fn settle() -> Result<()> {
    Command::new("sync").status()?;
    Ok(())
}

/// Prints the medians of these rounds, and the median ratio to `floors`, the rates of the loop of
/// commits. The ratio compares results of the same round, because the disk may be slower in some
/// rounds.
fn print(name: &str, rounds: &[Measured], floors: &[Measured]) {
    let per_second = median(rounds.iter().map(|measured| measured.per_second));
    let p99 = median(rounds.iter().map(|measured| measured.p99));
    let each = rounds.iter().zip(floors);
    let ratio = median(each.map(|(measured, floor)| measured.per_second / floor.per_second));
    println!("| {name} | {per_second:.0} | {ratio:.2} | {p99:.2} |");
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<_> = numbers.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn measured(mut times: Vec<Duration>, took: Duration) -> Measured {
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    let p99 = p99.as_secs_f64() * 1_000.0;
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Measured { per_second: f64::from(count) / took.as_secs_f64(), p99 }
}

/// Measures a loop that inserts one row per commit, with the log's settings of durability.
fn commits(folder: &Path) -> Result<Measured> {
    let connection = Connection::open(folder.join("floor.db"))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;")?;
    connection.execute_batch("CREATE TABLE event(seq INTEGER PRIMARY KEY, data TEXT NOT NULL)")?;
    let mut insert = connection.prepare("INSERT INTO event(data) VALUES(?1)")?;
    connection.execute_batch("BEGIN")?;
    for _ in 0..FIRST_EVENTS {
        insert.execute(["x".repeat(FIRST_LETTERS)])?;
    }
    connection.execute_batch("COMMIT")?;
    insert.execute(["x"])?;
    let (data, begun, mut times) = ("x".repeat(LETTERS), Instant::now(), Vec::new());
    while begun.elapsed() < TIME {
        let before = Instant::now();
        insert.execute([&data])?;
        times.push(before.elapsed());
    }
    Ok(measured(times, begun.elapsed()))
}

/// Measures `count` concurrent publishers. Each one publishes an event after its previous event was
/// acknowledged.
async fn publish(folder: &Path, count: usize) -> Result<Measured> {
    let log = SqliteLog::open(folder, |_| {})?;
    let topics = Topics::with_backplane(log, |_| {});
    let topic = topics.topic(EVENTS);
    let first =
        (0..FIRST_EVENTS).map(|_| async { topic.publish(&"x".repeat(FIRST_LETTERS)).await });
    try_join_all(first).await?;
    tokio::time::sleep(SETTLING_TIME).await;
    let begun = Instant::now();
    let publishers = (0..count).map(|_| {
        let topic = topics.topic(EVENTS);
        tokio::spawn(async move {
            let (data, mut times) = ("x".repeat(LETTERS), Vec::new());
            while begun.elapsed() < TIME {
                let before = Instant::now();
                topic.publish(&data).await?;
                times.push(before.elapsed());
            }
            Result::Ok(times)
        })
    });
    let times = try_join_all(publishers).await?.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(measured(times.concat(), begun.elapsed()))
}
