//! A server with the log on disk that is killed and restarted: no acknowledged event is lost.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::Client;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::topic_host::ROOM;
use crate::shared::chance::seeded;
use crate::shared::oracle::{Oracle, Published};
use crate::wire::{scripted, within};

/// The environment variable with the log folder of the server process.
const FOLDER: &str = "HYPERPOINT_TEST_LOG";
const SERVER: &str = "topics::killed::server";
const LIVES: usize = 4;

/// Helper for a child process, not a test of its own: publishes numbers, and prints which were
/// acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let log = SqliteLog::open(&folder, |_| {});
    let topics = Topics::with_backplane(log.unwrap(), |_| {});
    let topic = topics.topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        let retry = Duration::from_millis(250);
        Box::pin(async move { cx.send.topic_async(&topic).retry(retry).await })
    });
    let host = host.start().await.unwrap();
    println!("listening {}", host.address());
    for _ in 0.. {
        let number = fastrand::u32(..);
        let id = topic.publish(&number).await.unwrap().id();
        println!("acknowledged {id} {number}");
    }
}

/// One run of the server.
struct Life {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    client: Client,
}

impl Life {
    async fn begin(folder: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", SERVER, "--nocapture"]).env(FOLDER, folder);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        loop {
            let line = within(lines.next_line()).await.unwrap().unwrap();
            if let Some((_, address)) = line.split_once("listening ") {
                let client = Client::http1(address.parse().unwrap());
                return Self { process, lines, client };
            }
        }
    }

    /// Records acknowledgements, kills the server after this many, and records what it printed
    /// until then.
    async fn until_killed(mut self, published: &Published, count: usize) {
        let mut noted = 0;
        while let Some(line) = within(self.lines.next_line()).await.unwrap() {
            let words: Vec<_> = line.split_whitespace().collect();
            if let ["acknowledged", id, number] = words[..] {
                published.note(&id.parse().unwrap(), number.parse().unwrap());
                noted += 1;
            }
            if noted == count {
                self.process.start_kill().unwrap();
            }
        }
        within(self.process.wait()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_acknowledged_events_are_delivered_whatever_is_killed() {
    seeded();
    let folder = tempfile::tempdir().unwrap();
    let published = Published::default();
    let mut life = Life::begin(folder.path()).await;
    let mut oracle = Oracle::open(life.client.clone(), &published).await;
    for _ in 0..LIVES {
        let killed = life.until_killed(&published, fastrand::usize(20..200));
        let reading = async {
            loop {
                oracle.step().await;
            }
        };
        tokio::select! {
            () = killed => {}
            () = reading => {}
        }
        life = Life::begin(folder.path()).await;
        oracle.moves_to(life.client.clone());
    }
    let last = published.last().unwrap();
    within(oracle.until(&last)).await;
    oracle.has_at_least(&last);
    life.process.start_kill().unwrap();
}
