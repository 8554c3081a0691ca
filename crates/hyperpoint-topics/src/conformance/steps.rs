//! The operations that the checks run on a log, most of them with a timeout.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;

use crate::backplane::{Backplane, Deleted, Deletion, Draft, Entry, Following, PageQuery, Stored};
use crate::position::Position;

/// Timeout of an operation.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Creates a draft without a name, a key, an expiry time and an idempotency key.
pub(super) fn draft(topic: &str, data: impl Display) -> Draft {
    let (topic, data) = (topic.to_owned(), data.to_string());
    Draft { topic, name: None, data, key: None, expires_after: None, once: None }
}

/// Publishes an event within [`PATIENCE`].
pub(super) async fn publish(node: &Arc<dyn Backplane>, draft: Draft) -> Stored {
    timeout(PATIENCE, node.publish(draft))
        .await
        .expect("the operation should finish within 20 s")
        .expect("publishing should succeed")
}

/// Follows a log. If that fails, retries up to 50 times, every 100 ms.
pub(super) async fn follow(node: &Arc<dyn Backplane>, after: Option<Position>) -> Following {
    for _ in 0..50 {
        match timeout(PATIENCE, node.follow(after))
            .await
            .expect("the operation should finish within 20 s")
        {
            Ok(following) => return following,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    node.follow(after).await.expect("following should succeed")
}

/// Receives this number of entries, and checks that their sequences increase.
pub(super) async fn take(following: &mut Following, count: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    while entries.len() < count {
        let next = timeout(PATIENCE, following.entries.next())
            .await
            .expect("the operation should finish within 20 s");
        let entry = next
            .expect("the stream of entries should not end")
            .expect("the stream of entries should not fail");
        let before = entries.last().map_or(following.position.sequence, |last| last.sequence);
        assert!(entry.sequence > before, "sequences must increase, but {entry:?} follows {before}");
        entries.push(entry);
    }
    entries
}

/// Returns whether a position is in the log's past. If the lookup fails, retries it up to 50 times,
/// every 100 ms.
pub(super) async fn is_past(node: &Arc<dyn Backplane>, position: Position) -> bool {
    for _ in 0..50 {
        match timeout(PATIENCE, node.look_up(position))
            .await
            .expect("the operation should finish within 20 s")
        {
            Ok(found) => return found.is_past,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    node.look_up(position).await.expect("the lookup should succeed").is_past
}

/// Returns the position at which a new follower starts.
pub(super) async fn end(node: &Arc<dyn Backplane>) -> Position {
    follow(node, None).await.position
}

/// Returns the data of all events of a topic after this sequence, in the order of the log. Checks
/// that reading backwards returns the same events, and that no event is reported as lost.
pub(super) async fn read_all(node: &Arc<dyn Backplane>, topic: &str, start: u64) -> Vec<String> {
    let last = end(node).await.sequence;
    let (mut after, mut onwards) = (start, Vec::new());
    while after < last {
        let page = node
            .read(PageQuery::after(topic, after, 1 << 20))
            .await
            .expect("reading should succeed");
        assert!(
            page.evicted_through <= start && page.through > after,
            "lost events, or no progress: {page:?}"
        );
        onwards.extend(page.entries.iter().map(|entry| entry.data.clone()));
        after = page.through;
    }
    let (mut before, mut backwards) = (u64::MAX, Vec::new());
    loop {
        let page = node
            .read(PageQuery::before(topic, before, 1 << 20))
            .await
            .expect("reading should succeed");
        let entries = page.entries.into_iter().filter(|entry| entry.sequence > start);
        backwards.splice(0..0, entries.map(|entry| entry.data));
        if page.after <= page.evicted_through.max(start) {
            break;
        }
        before = page.after + 1;
    }
    assert_eq!(onwards, backwards);
    onwards
}

/// Deletes events within [`PATIENCE`].
pub(super) async fn delete(node: &Arc<dyn Backplane>, topic: &str, which: Deletion) -> Deleted {
    timeout(PATIENCE, node.delete(topic, which))
        .await
        .expect("the operation should finish within 20 s")
        .expect("deleting should succeed")
}
