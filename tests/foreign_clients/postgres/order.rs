//! The order of events of concurrent transactions.

use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::async_trait;
use hyperpoint::prelude::*;
use hyperpoint::topics::outbox::{Outbox, OutboxError, OutboxEvent, OutboxRelay, sql};
use sqlx::{PgPool, PgTransaction};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::outbox::{PgOutbox, insert, start};
use super::server::{Server, connect};
use super::shop::{Order, create, event, left, log, place, placed, published, topics};

const DEADLINE: Duration = Duration::from_mins(1);

/// Transactions that are committed after the first full page was read: one that is open, and one
/// that begins after its commit.
struct Late {
    open: PgTransaction<'static>,
    then: OutboxEvent,
}

/// An outbox in which events are committed between the reads of two pages.
struct Interrupted {
    pool: PgPool,
    late: Mutex<Option<Late>>,
}

#[async_trait]
impl Outbox for Interrupted {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
        let rows = PgOutbox(self.pool.clone()).read(after, limit).await?;
        if rows.len() == limit
            && let Some(Late { open, then }) = self.late.lock().await.take()
        {
            open.commit().await?;
            insert(&mut *self.pool.acquire().await?, then).await?;
        }
        Ok(rows)
    }

    async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError> {
        PgOutbox(self.pool.clone()).delete(numbers).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_was_numbered_early_and_committed_late_is_not_overtaken() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let pool = connect(server.socket(), "test").await;
    create(&pool).await;
    let log = log(folder.path());
    let topics = topics(&log);
    let [first, second] = [1, 2].map(|number| event(&topics, Order { customer: 1, number }));
    let mut open = pool.begin().await.unwrap();
    insert(&mut open, first).await.unwrap();
    let others = topics.topic(TopicName::<u32>::new("others"));
    let mut filling = pool.begin().await.unwrap();
    for number in 0..300 {
        insert(&mut filling, others.publish(&number).into_outbox().unwrap()).await.unwrap();
    }
    filling.commit().await.unwrap();
    let late = Mutex::new(Some(Late { open, then: second }));
    let relay = OutboxRelay::start(&topics, Interrupted { pool: pool.clone(), late });
    timeout(DEADLINE, relay.drained()).await.unwrap();
    assert_eq!(published(&log).await[&1], [1, 2]);
    assert_eq!(left(&pool).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_publish_each_event_once_and_in_order() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let pool = connect(server.socket(), "test").await;
    create(&pool).await;
    let log = log(folder.path());
    let nodes = [topics(&log), topics(&log)];
    let relays = join_all(nodes.iter().map(|node| start(node, &pool))).await;
    let relays: Vec<_> = relays.into_iter().map(Result::unwrap).collect();
    let placing = (0..4).map(async |customer: i32| {
        for number in 0..100 {
            place(&pool, &nodes[0], customer).await;
            relays[number % 2].wake();
        }
    });
    join_all(placing).await;
    let drained = join_all(relays.iter().map(OutboxRelay::drained));
    timeout(DEADLINE, drained).await.unwrap();
    assert_eq!(published(&log).await, placed(&pool).await);
    assert_eq!(left(&pool).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_the_same_time_create_the_table() {
    let server = Server::start().await;
    let pool = connect(server.socket(), "test").await;
    for _ in 0..20 {
        let create = (0..8).map(|_| sqlx::query(sql::CREATE_TABLE_POSTGRES).execute(&pool));
        let created = join_all(create).await;
        assert!(created.iter().all(Result::is_ok), "{created:?}");
        sqlx::query("DROP TABLE hyperpoint_outbox").execute(&pool).await.unwrap();
    }
}
