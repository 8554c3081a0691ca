//! A shop whose orders are in Postgres: each customer places one order after the other.

use std::collections::BTreeMap;
use std::path::Path;

use hyperpoint::Topic;
use hyperpoint::prelude::*;
use hyperpoint::topics::backplane::{Backplane, PageQuery};
use hyperpoint::topics::outbox::{OutboxEvent, sql};
use hyperpoint_sqlite::SqliteLog;
use sqlx::{PgPool, Row};

use super::outbox::insert;

const ORDERS: TopicName<Order> = TopicName::new("orders");
/// Places the next order of a customer, and returns its number.
const PLACE: &str = "
    INSERT INTO orders (customer, number)
    SELECT $1, coalesce(max(number), 0) + 1 FROM orders WHERE customer = $1 RETURNING number";

/// The order of a customer. The numbers of each customer begin with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Order {
    pub(super) customer: i32,
    pub(super) number: i64,
}

/// The orders of each customer, as listed or published.
pub(super) type Orders = BTreeMap<i32, Vec<i64>>;

/// Opens the log of the shop's topics.
pub(super) fn log(folder: &Path) -> Arc<SqliteLog> {
    Arc::new(SqliteLog::open(folder, |_| {}).unwrap())
}

pub(super) fn topics(log: &Arc<SqliteLog>) -> Topics {
    Topics::with_backplane(Arc::clone(log), |_| {})
}

pub(super) fn orders_of(topics: &Topics) -> Topic<Order> {
    topics.topic(ORDERS)
}

/// Creates the tables.
pub(super) async fn create(pool: &PgPool) {
    let orders = "CREATE TABLE IF NOT EXISTS orders (
        customer INTEGER NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (customer, number)
    )";
    for create in [orders, sql::CREATE_TABLE_POSTGRES] {
        sqlx::query(create).execute(pool).await.unwrap();
    }
}

/// Returns the event of an order.
pub(super) fn event(topics: &Topics, order: Order) -> OutboxEvent {
    orders_of(topics).publish(&order).into_outbox().unwrap()
}

/// Places the next order of a customer, and stores its event, in one transaction.
pub(super) async fn place(pool: &PgPool, topics: &Topics, customer: i32) -> Order {
    let mut transaction = pool.begin().await.unwrap();
    let placed = sqlx::query(PLACE).bind(customer).fetch_one(&mut *transaction).await.unwrap();
    let order = Order { customer, number: placed.get(0) };
    insert(&mut transaction, event(topics, order)).await.unwrap();
    transaction.commit().await.unwrap();
    order
}

/// Returns the committed orders.
pub(super) async fn placed(pool: &PgPool) -> Orders {
    let select = "SELECT customer, number FROM orders ORDER BY customer, number";
    let rows = sqlx::query(select).fetch_all(pool).await.unwrap();
    grouped(rows.iter().map(|row| Order { customer: row.get(0), number: row.get(1) }))
}

/// Returns the number of events in the outbox.
pub(super) async fn left(pool: &PgPool) -> i64 {
    let count = "SELECT count(*) FROM hyperpoint_outbox";
    sqlx::query(count).fetch_one(pool).await.unwrap().get(0)
}

/// Returns the orders whose events were published, in the order of the log.
pub(super) async fn published(log: &SqliteLog) -> Orders {
    let page = log.read(PageQuery::after("orders", 0, usize::MAX)).await.unwrap();
    assert_eq!(page.evicted_through, 0);
    grouped(page.entries.iter().map(|entry| serde_json::from_str(&entry.data).unwrap()))
}

fn grouped(orders: impl Iterator<Item = Order>) -> Orders {
    let mut grouped = Orders::new();
    for Order { customer, number } in orders {
        grouped.entry(customer).or_default().push(number);
    }
    grouped
}
