//! A node that lags behind another: it follows their backplane at the pace the test sets.

use futures_util::StreamExt;
use hyperpoint::async_trait;
use hyperpoint::prelude::*;
use hyperpoint::topics::Position;
use hyperpoint::topics::backplane::{
    Backplane, BackplaneError, Deleted, Deletion, Draft, Following, Lookup, Page, PageQuery, Stored,
};
use hyperpoint_sqlite::SqliteLog;
use tokio::sync::Semaphore;

use super::engine::Node;
use super::topic_host::read;

/// A log on disk that gives its followers only as many events as the test permits.
#[derive(Debug)]
struct Slow {
    log: Arc<SqliteLog>,
    may_follow: Arc<Semaphore>,
}

#[async_trait]
impl Backplane for Slow {
    async fn publish(&self, draft: Draft) -> Result<Stored, BackplaneError> {
        self.log.publish(draft).await
    }

    async fn follow(&self, after: Option<Position>) -> Result<Following, BackplaneError> {
        let Following { position, now, entries } = self.log.follow(after).await?;
        let may_follow = Arc::clone(&self.may_follow);
        let entries = entries.then(move |entry| {
            let may_follow = Arc::clone(&may_follow);
            async move {
                may_follow.acquire().await.unwrap().forget();
                entry
            }
        });
        Ok(Following { position, now, entries: entries.boxed() })
    }

    async fn read(&self, query: PageQuery<'_>) -> Result<Page, BackplaneError> {
        self.log.read(query).await
    }

    async fn delete(&self, topic: &str, which: Deletion) -> Result<Deleted, BackplaneError> {
        self.log.delete(topic, which).await
    }

    async fn look_up(&self, position: Position) -> Result<Lookup, BackplaneError> {
        self.log.look_up(position).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_from_a_faster_node_gets_no_gap_and_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(SqliteLog::open(folder.path(), |_| {}).unwrap());
    let may_follow = Arc::new(Semaphore::new(0));
    let fast = Node::new(Arc::clone(&log), |_| {});
    let slow = Node::new(Slow { log, may_follow: Arc::clone(&may_follow) }, |_| {});
    let mut events = fast.open(None, "ready").await;
    let mut others = slow.open(None, "ready").await;
    fast.publish(0..5).await;
    let id = read(&mut events, 0..5).await;
    drop(events);

    let mut events = slow.open(Some(&id), "ready").await;
    fast.publish(5..10).await;
    may_follow.add_permits(10);
    read(&mut events, 5..10).await;
    read(&mut others, 0..10).await;
}
