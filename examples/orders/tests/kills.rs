//! A process that is killed between the commit of an order and the publication of its event: each order has
//! its event, once.
#![expect(clippy::unwrap_used, reason = "a failing step fails the test")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use hyperpoint::Identity;
use hyperpoint::prelude::Uuid;
use hyperpoint::topics::backplane::PageQuery;
use hyperpoint::topics::{Backplane, Topics};
use hyperpoint_sqlite::SqliteLog;
use hyperpoint_testing::TestApp;
use orders_api::orders::{Line, NewOrder, Order, OrderEvents, PlaceOrder};
use orders_api::{Store, application_on};

/// The folder of the process that is killed. Other processes of this program are the test.
const FOLDER: &str = "HYPERPOINT_TEST_ORDERS_FOLDER";
/// How often the process is killed; 100 for a long run.
const KILLS: &str = "HYPERPOINT_TEST_KILLS";

fn topics(folder: &Path) -> Topics {
    Topics::with_backplane(SqliteLog::open(folder.join("log"), |_| {}).unwrap(), |_| {})
}

fn store(folder: &Path) -> Store {
    Store::open(folder.join("orders.db")).unwrap()
}

/// Places orders until it is killed, and prints the number of each one that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_orders_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let app = TestApp::new(application_on(store(folder), topics(folder))).unwrap();
    let customers = ["ann", "bob", "eve"]
        .map(|name| place_orders(app.user(Identity::user(name).with_role("customer"))));
    futures_util::future::join_all(customers).await;
}

async fn place_orders(customer: TestApp) -> ! {
    let line = Line { item: "tea".into(), quantity: 1, cents: 300 };
    let order = NewOrder { lines: vec![line] };
    loop {
        let key = Uuid::new_v4().to_string();
        let call = customer.send::<PlaceOrder>(&order).header("idempotency-key", key);
        let placed = call.await.unwrap();
        println!("placed {}", placed.id);
    }
}

/// Starts the process, kills it after some orders, and returns the numbers of those.
fn kill_after(orders: usize, folder: &Path) -> Vec<i64> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "places_orders_until_it_is_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let placed = lines.map(Result::unwrap).filter_map(|line| {
        // The line may follow text of the test harness.
        line.rsplit_once("placed ").map(|(_, number)| number.parse().unwrap())
    });
    let mut placed = placed.fuse();
    let mut numbers: Vec<i64> = placed.by_ref().take(orders).collect();
    process.kill().unwrap();
    process.wait().unwrap();
    numbers.extend(placed);
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_order_has_its_event_once_however_often_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let kills = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(4);
    let mut acknowledged = Vec::new();
    for _ in 0..kills {
        acknowledged.extend(kill_after(fastrand::usize(1..40), folder.path()));
    }
    let left = rows(folder.path(), "hyperpoint_outbox", "number");
    let orders = rows(folder.path(), "orders", "id");
    // What the last kill left is published by the next process.
    OrderEvents::start(&topics(folder.path()), store(folder.path())).published().await;
    assert!(rows(folder.path(), "hyperpoint_outbox", "number").is_empty());

    let log = SqliteLog::open(folder.path().join("log"), |_| {}).unwrap();
    let page = log.read(PageQuery::after("orders", 0, usize::MAX)).await.unwrap();
    assert_eq!(page.evicted_through, 0);
    let mut events = BTreeMap::new();
    for entry in page.entries {
        let order: Order = serde_json::from_str(&entry.data).unwrap();
        *events.entry(order.id).or_insert(0) += 1;
    }
    println!("{} orders, {} events left by the last kill", orders.len(), left.len());
    // Two orders are there from the start, without an event.
    let expected: BTreeMap<i64, i32> = orders.into_iter().skip(2).map(|id| (id, 1)).collect();
    assert_eq!(events, expected);
    assert!(acknowledged.iter().all(|id| events.contains_key(id)));
    assert!(acknowledged.len() >= kills);
}

fn rows(folder: &Path, table: &str, column: &str) -> Vec<i64> {
    let database = rusqlite::Connection::open(folder.join("orders.db")).unwrap();
    let select = format!("SELECT {column} FROM {table} ORDER BY {column}");
    let mut select = database.prepare(&select).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
