//! Two nodes, one of which is killed while both publish: its clients resume at the other, and miss
//! nothing that either acknowledged.

use std::env;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::{Topic, TopicLimits};
use hyperpoint_testing::Client;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, stdin};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::broker::Broker;
use super::nodes::Listening;
use crate::shared::chance::seeded;
use crate::shared::oracle::{Oracle, Published, client};

/// The environment variable with the URL that the node process connects to.
const BROKER: &str = "HYPERPOINT_TEST_BROKER";
const TEST: &str = "nats::killed::node";
const LISTENING: &str = "listening ";
const CLIENTS: usize = 100;
/// Numbers published by the killed node begin with this one; those of the other begin with 0.
const OF_THE_KILLED: u32 = 1_000_000;
/// The number published after the node was killed.
const LATER: std::ops::Range<u32> = 2_000_000..2_000_200;
const DEADLINE: Duration = Duration::from_mins(1);
const MOMENT: Duration = Duration::from_millis(50);

/// Helper for a child process, not a test of its own: on a command, publishes numbers and prints
/// which were acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node() {
    let Ok(url) = env::var(BROKER) else { return };
    let node = Listening::with(&url, TopicLimits::DEFAULT).await;
    println!("{LISTENING}{}", node.address);
    BufReader::new(stdin()).read_line(&mut String::new()).await.unwrap();
    for number in OF_THE_KILLED.. {
        let id = node.topic.publish(&number).await.unwrap().id();
        println!("acknowledged {id} {number}");
    }
}

/// The node that is killed.
struct Node {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Node {
    async fn start(url: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", TEST, "--nocapture"]).env(BROKER, url);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        loop {
            let line = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap().unwrap();
            if let Some((_, address)) = line.split_once(LISTENING) {
                return Self { process, lines, address: address.parse().unwrap() };
            }
        }
    }

    /// Starts publishing, records acknowledgements, kills the node after this many, and records
    /// what it printed until then.
    async fn until_killed(mut self, published: &Published, count: usize) {
        let mut stdin = self.process.stdin.take().unwrap();
        stdin.write_all(b"publish\n").await.unwrap();
        let mut noted = 0;
        while let Some(line) = timeout(DEADLINE, self.lines.next_line()).await.unwrap().unwrap() {
            let words: Vec<_> = line.split_whitespace().collect();
            if let ["acknowledged", id, number] = words[..] {
                published.note(&id.parse().unwrap(), number.parse().unwrap());
                noted += 1;
            }
            if noted == count {
                self.process.start_kill().unwrap();
            }
        }
        assert!(noted >= count, "the node ended unexpectedly");
        self.process.wait().await.unwrap();
    }
}

async fn publish_until(is_killed: &AtomicBool, published: &Published, topic: &Topic<u32>) {
    for number in 0.. {
        if is_killed.load(SeqCst) {
            return;
        }
        published.publish(topic, number..number + 1).await;
    }
}

/// Reads an event if one arrives soon. If its node was killed, the client moves to the other.
async fn goes_on(oracle: &mut Oracle, other: &Client) {
    if let Ok(false) = timeout(MOMENT, oracle.step()).await {
        oracle.moves_to(other.clone());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_clients_of_a_killed_node_miss_nothing_at_the_other() {
    seeded();
    let broker = Broker::start().await;
    let survivor = Listening::with(&broker.url(), TopicLimits::DEFAULT).await;
    let killed = Node::start(&broker.url()).await;
    let published = Published::default();
    let opened =
        (0..CLIENTS).map(|number| Oracle::open(client(killed.address, number), &published));
    let mut clients = join_all(opened).await;
    assert_eq!(survivor.topic.subscribers(), 0, "all clients are at the node that is killed");

    let (is_killed, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let killing = async {
        killed.until_killed(&published, fastrand::usize(100..400)).await;
        is_killed.store(true, SeqCst);
    };
    let publishing = async {
        publish_until(&is_killed, &published, &survivor.topic).await;
        published.publish(&survivor.topic, LATER).await;
    };
    let load = async {
        tokio::join!(killing, publishing);
        is_over.store(true, SeqCst);
    };
    let is_done = |oracle: &Oracle| {
        is_over.load(SeqCst) && published.last().is_some_and(|last| oracle.has(&last))
    };
    let reading = join_all(clients.iter_mut().enumerate().map(async |(number, oracle)| {
        while !is_done(oracle) {
            goes_on(oracle, &client(survivor.address, number)).await;
        }
    }));
    timeout(DEADLINE, async { tokio::join!(load, reading) }).await.unwrap();

    let last = published.last().unwrap();
    for oracle in &clients {
        oracle.has_at_least(&last);
    }
    // Events that were stored but not acknowledged are seen by all clients or by none.
    assert!(clients.iter().all(|oracle| oracle.given == clients[0].given));
    assert_eq!(survivor.topic.subscribers(), CLIENTS);
}
