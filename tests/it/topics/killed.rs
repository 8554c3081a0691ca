//! A server with the log on disk that is killed and restarted: no acknowledged event is lost.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
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
    let opening = std::time::Instant::now();
    let log = SqliteLog::open(&folder, |_| {});
    println!("opened {}", opening.elapsed().as_millis());
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
    tokio::spawn(async move {
        for _ in 0.. {
            let number = fastrand::u32(..);
            let id = topic.publish(&number).await.unwrap().id();
            println!("acknowledged {id} {number}");
        }
    });
    host.until_signal().await.unwrap();
}

/// One run of the server.
struct Life {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    client: Client,
    opened: Duration,
}

impl Life {
    async fn begin(folder: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", SERVER, "--nocapture"]).env(FOLDER, folder);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut opened = Duration::MAX;
        loop {
            let line = within(lines.next_line()).await.unwrap().unwrap();
            if let Some((_, ms)) = line.split_once("opened ") {
                opened = Duration::from_millis(ms.parse().unwrap());
            }
            if let Some((_, address)) = line.split_once("listening ") {
                let client = Client::http1(address.parse().unwrap());
                return Self { process, lines, client, opened };
            }
        }
    }

    /// Records acknowledgements, kills the server after this many, and records what it printed
    /// until then.
    async fn until_killed(mut self, published: &Published, count: usize) {
        self.notes(published, count).await;
        self.process.start_kill().unwrap();
        self.until_ended(published).await;
    }

    /// Records acknowledgements until the server ends.
    async fn until_ended(mut self, published: &Published) {
        self.notes(published, usize::MAX).await;
        within(self.process.wait()).await.unwrap();
    }

    /// Records this many acknowledgements, or all until the server ends.
    async fn notes(&mut self, published: &Published, count: usize) {
        let mut noted = 0;
        while let Some(line) = within(self.lines.next_line()).await.unwrap() {
            let words: Vec<_> = line.split_whitespace().collect();
            if let ["acknowledged", id, number] = words[..] {
                published.note(&id.parse().unwrap(), number.parse().unwrap());
                noted += 1;
            }
            if noted == count {
                return;
            }
        }
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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_the_next_process_has_the_log_while_the_one_before_ends_its_streams() {
    const STREAMS: usize = 50;
    seeded();
    let folder = tempfile::tempdir().unwrap();
    let published = Published::default();
    let mut old = Life::begin(folder.path()).await;
    let opened = (0..STREAMS).map(|_| Oracle::open(old.client.clone(), &published));
    let mut clients = join_all(opened).await;
    old.notes(&published, 50).await;
    let pid = old.process.id().unwrap().to_string();
    assert!(Command::new("kill").arg(pid).status().await.unwrap().success());
    let mut new = Life::begin(folder.path()).await;
    assert!(new.opened < Duration::from_secs(1), "{:?}", new.opened);
    for client in &mut clients {
        client.moves_to(new.client.clone());
    }
    let reading = async {
        loop {
            join_all(clients.iter_mut().map(Oracle::reads_some)).await;
        }
    };
    let writing = async {
        tokio::join!(old.until_ended(&published), new.notes(&published, 200));
        new.until_killed(&published, 100).await;
    };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
    let after = Life::begin(folder.path()).await;
    let last = published.last().unwrap();
    for client in &mut clients {
        client.moves_to(after.client.clone());
        within(client.until(&last)).await;
        client.has_at_least(&last);
    }
}
