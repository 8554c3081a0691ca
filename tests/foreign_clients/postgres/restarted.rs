//! A server that is killed and restarted while a relay runs.

use std::time::Duration;

use tokio::time::timeout;

use super::outbox::start;
use super::server::{Server, connect};
use super::shop::{create, left, log, place, placed, published, topics};

const DEADLINE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_continues_after_the_database_was_killed() {
    let (mut server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let pool = connect(server.socket(), "test").await;
    create(&pool).await;
    let log = log(folder.path());
    let topics = topics(&log);
    let relay = start(&topics, &pool).await.unwrap();
    for _ in 0..50 {
        place(&pool, &topics, 1).await;
    }
    relay.wake();
    server.kill();
    server.revive().await;
    let pool = connect(server.socket(), "test").await;
    place(&pool, &topics, 1).await;
    timeout(DEADLINE, relay.drained()).await.unwrap();
    assert_eq!(published(&log).await, placed(&pool).await);
    assert_eq!(left(&pool).await, 0);
}
