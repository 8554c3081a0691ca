//! A process that is killed between the commit of an order and the publication of its event, or
//! between that and the deletion of its row: each order has its event once, and those of a customer
//! are in order.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint::async_trait;
use hyperpoint::topics::Received;
use hyperpoint::topics::outbox::{Outbox, OutboxError, OutboxEvent, OutboxRelay};
use sqlx::{PgPool, Row};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use super::outbox::{PgOutbox, start};
use super::server::{Server, connect};
use super::shop::{Order, create, left, log, orders_of, place, placed, published, topics};
use crate::shared::chance::seeded;

/// The environment variables with the folders of the socket and of the log, and with how the
/// process is killed.
const SOCKET: &str = "HYPERPOINT_TEST_POSTGRES";
const LOG: &str = "HYPERPOINT_TEST_POSTGRES_LOG";
const KILLED: &str = "HYPERPOINT_TEST_POSTGRES_KILLED";
/// How often the process is killed; 100 for a long run.
const KILLS: &str = "HYPERPOINT_TEST_KILLS";
const TEST: &str = "postgres::killed::process";
/// The name of the process in the list of connections.
const PROCESS: &str = "killed";
const STORED: &str = "stored";
const CUSTOMERS: i32 = 5;
const DEADLINE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(10);

/// When the process is killed.
const WHILE_PUBLISHING: &str = "while publishing";
const BEFORE_PUBLISHING: &str = "before publishing";
const BEFORE_DELETING: &str = "before deleting";

/// An outbox whose rows are never deleted.
struct Undeleted(PgOutbox);

#[async_trait]
impl Outbox for Undeleted {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
        self.0.read(after, limit).await
    }

    async fn delete(&self, _: &[i64]) -> Result<(), OutboxError> {
        println!("{STORED}");
        std::future::pending().await
    }
}

/// Helper for a child process, not a test of its own: places orders until it is killed, and prints
/// each one that was committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process() {
    let Some(socket) = env::var_os(SOCKET) else { return };
    let pool = connect(Path::new(&socket), PROCESS).await;
    let topics = topics(&log(Path::new(&env::var_os(LOG).unwrap())));
    let relay = match &*env::var(KILLED).unwrap() {
        WHILE_PUBLISHING => Some(start(&topics, &pool).await.unwrap()),
        BEFORE_DELETING => Some(OutboxRelay::start(&topics, Undeleted(PgOutbox(pool.clone())))),
        _ => None,
    };
    let placing = (0..CUSTOMERS).map(async |customer| {
        loop {
            let Order { number, .. } = place(&pool, &topics, customer).await;
            println!("placed {customer} {number}");
            relay.iter().for_each(OutboxRelay::wake);
        }
    });
    join_all(placing).await;
}

/// Starts the process, and kills it after this number of orders. Returns the orders that it
/// acknowledged.
async fn kill_after(orders: usize, killed: &str, server: &Server, folder: &Path) -> Vec<Order> {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", TEST, "--nocapture"]).env(SOCKET, server.socket());
    command.env(LOG, folder).env(KILLED, killed).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let (mut placed, mut is_stored) = (Vec::new(), killed != BEFORE_DELETING);
    while let Some(line) = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap() {
        is_stored |= line.contains(STORED);
        // The line may follow text of the test harness.
        if let Some((_, order)) = line.rsplit_once("placed ") {
            let (customer, number) = order.split_once(' ').unwrap();
            let (customer, number) = (customer.parse().unwrap(), number.parse().unwrap());
            placed.push(Order { customer, number });
        }
        if placed.len() >= orders && is_stored {
            process.start_kill().unwrap();
        }
    }
    process.wait().await.unwrap();
    assert!(placed.len() >= orders, "the process ended unexpectedly");
    placed
}

/// Waits until the server has noticed that the process is gone, which may commit once more.
async fn is_gone(pool: &PgPool) {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    let end = Instant::now() + DEADLINE;
    while sqlx::query(count).bind(PROCESS).fetch_one(pool).await.unwrap().get::<i64, _>(0) > 0 {
        assert!(Instant::now() < end, "connections of the killed process are open");
        sleep(LOOK).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_order_has_its_event_once_and_in_order_however_often_the_process_is_killed() {
    seeded();
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let pool = connect(server.socket(), "test").await;
    create(&pool).await;
    let kills = env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let mut acknowledged = Vec::new();
    for killed in [BEFORE_PUBLISHING, BEFORE_DELETING, WHILE_PUBLISHING].iter().cycle().take(kills)
    {
        let before = left(&pool).await;
        let orders = fastrand::usize(1..400);
        let placed = kill_after(orders, killed, &server, folder.path()).await;
        is_gone(&pool).await;
        let (placed_now, left) = (i64::try_from(placed.len()).unwrap(), left(&pool).await);
        println!("killed {killed} after {placed_now} orders: {left} events left");
        assert!(*killed == WHILE_PUBLISHING || left >= before + placed_now);
        acknowledged.extend(placed);
    }
    let log = log(folder.path());
    let topics = topics(&log);
    // The next process publishes what the last one left.
    let relay = start(&topics, &pool).await.unwrap();
    timeout(DEADLINE, relay.drained()).await.unwrap();
    assert_eq!(left(&pool).await, 0);
    let placed = placed(&pool).await;
    assert_eq!(published(&log).await, placed);
    assert!(acknowledged.iter().all(|order| placed[&order.customer].contains(&order.number)));
    assert!(acknowledged.len() >= kills);
    // A live subscriber is sent the next order.
    let mut events = orders_of(&topics).subscribe().events();
    let order = place(&pool, &topics, 0).await;
    relay.wake();
    let next = timeout(DEADLINE, events.next()).await.unwrap();
    assert!(matches!(next, Some(Received::Event { data, .. }) if data == order), "{next:?}");
}
