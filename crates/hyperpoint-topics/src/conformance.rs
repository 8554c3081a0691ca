//! A test suite for implementations of [`Backplane`]. It checks the guarantees of the trait, and panics
//! if one does not hold.
#![expect(clippy::indexing_slicing, reason = "a missing element is a failed check")]

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint_sse::EventName;
use tokio::time::timeout;

use crate::backplane::{Backplane, Draft, Entry, Following, Stored};
use crate::position::{Epoch, Position};

/// Maximum time of each operation.
const PATIENCE: Duration = Duration::from_secs(20);

/// A shared log under test, such as a server. No other program may use the log.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::async_trait;
/// use hyperpoint_topics::Backplane;
/// use hyperpoint_topics::conformance::{Engine, check};
///
/// struct Server;
///
/// #[async_trait]
/// impl Engine for Server {
///     async fn node(&self) -> Arc<dyn Backplane> {
///         todo!("connect to the server")
///     }
///
///     async fn restart(&self) {
///         todo!("kill the server, and start it again")
///     }
///
///     async fn begin_again(&self) {
///         todo!("delete the log")
///     }
/// }
///
/// async fn the_server_conforms() {
///     check(&Server).await;
/// }
/// ```
#[async_trait]
pub trait Engine: Send + Sync {
    /// Connects another node to the log. Returns the same node if only one process can use the log.
    async fn node(&self) -> Arc<dyn Backplane>;

    /// Kills the log and starts it again. Nodes connected before may fail afterwards.
    async fn restart(&self);

    /// Deletes the log, as an operator would, so that it is created anew. Nodes connected before may fail
    /// afterwards.
    async fn begin_again(&self);
}

/// Runs the whole suite.
///
/// # Panics
///
/// If a guarantee does not hold.
///
/// # Examples
///
/// See [`Engine`].
pub async fn check(engine: &dyn Engine) {
    all_nodes_see_all_events_in_one_order(engine).await;
    data_is_delivered_unchanged(engine).await;
    a_repeated_publication_is_stored_once(engine).await;
    a_follower_that_was_disconnected_misses_nothing(engine).await;
    the_history_of_one_topic_is_read_page_by_page(engine).await;
    acknowledged_events_survive_a_crash(engine).await;
    a_log_that_is_created_anew_has_another_epoch(engine).await;
}

/// Creates a draft without a name, a key and an idempotency key.
fn draft(topic: &str, data: impl Display) -> Draft {
    let (topic, data) = (topic.to_owned(), data.to_string());
    Draft { topic, name: None, data, key: None, once: None }
}

/// Publishes an event within [`PATIENCE`].
async fn publish(node: &Arc<dyn Backplane>, draft: Draft) -> Stored {
    timeout(PATIENCE, node.publish(draft)).await.expect("in time").expect("published")
}

/// Follows a log, and retries while that fails.
async fn follow(node: &Arc<dyn Backplane>, after: Option<Position>) -> Following {
    for _ in 0..50 {
        match timeout(PATIENCE, node.follow(after)).await.expect("in time") {
            Ok(following) => return following,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    node.follow(after).await.expect("followed")
}

/// Takes this number of events, and checks that their sequences increase.
async fn take(following: &mut Following, count: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    while entries.len() < count {
        let next = timeout(PATIENCE, following.entries.next()).await.expect("in time");
        let entry = next.expect("the log continues").expect("an event");
        let before = entries.last().map_or(following.position.sequence, |last| last.sequence);
        assert!(entry.sequence > before, "{entry:?} follows {before}");
        entries.push(entry);
    }
    entries
}

/// Returns the position at which a new follower starts.
async fn end(node: &Arc<dyn Backplane>) -> Position {
    follow(node, None).await.position
}

async fn all_nodes_see_all_events_in_one_order(engine: &dyn Engine) {
    let nodes = [engine.node().await, engine.node().await];
    let mut followers = Vec::new();
    for node in &nodes {
        followers.push(follow(node, None).await);
    }
    let each = (0..100).map(|number| publish(&nodes[number % 2], draft("a/b", number)));
    let stored = join_all(each).await;
    let mut seen = Vec::new();
    for follower in &mut followers {
        seen.push(take(follower, 100).await);
    }
    assert_eq!(seen[0], seen[1], "all nodes see one order");
    let sequences: HashMap<_, _> =
        seen[0].iter().map(|entry| (entry.data.clone(), entry.sequence)).collect();
    for (number, stored) in stored.iter().enumerate() {
        assert!(!stored.is_duplicate);
        let sequence = sequences.get(&number.to_string()).copied();
        assert_eq!(
            sequence,
            Some(stored.position.sequence),
            "the publisher and the followers see the same sequence"
        );
        assert_eq!(stored.position.epoch, followers[0].position.epoch);
    }
}

async fn data_is_delivered_unchanged(engine: &dyn Engine) {
    let node = engine.node().await;
    let mut following = follow(&node, None).await;
    let name = Some(EventName::from_static("ü: name"));
    let full = Draft {
        topic: "room/a%20b.*>/é".to_owned(),
        name,
        data: "one\r\ntwo\n\n\0é😀".to_owned(),
        key: Some("key: é".to_owned()),
        once: None,
    };
    let large = draft("large", "x".repeat(500_000));
    for sent in [draft("a", ""), full, large] {
        publish(&node, sent.clone()).await;
        let Some(entry) = take(&mut following, 1).await.pop() else { continue };
        let Entry { topic, sequence: _, name, data, key, at } = entry;
        let age = at.elapsed().unwrap_or_default();
        assert!(age < PATIENCE, "the time of storing is {age:?} ago");
        assert_eq!(Draft { topic, name, data, key, once: None }, sent);
    }
}

async fn a_repeated_publication_is_stored_once(engine: &dyn Engine) {
    let nodes = [engine.node().await, engine.node().await];
    let mut following = follow(&nodes[0], None).await;
    let once = |topic: &str| Draft { once: Some("order 7".to_owned()), ..draft(topic, "new") };
    let first = publish(&nodes[0], once("orders")).await;
    let again = publish(&nodes[1], once("orders")).await;
    let other = publish(&nodes[1], once("others")).await;
    assert!(!first.is_duplicate && again.is_duplicate && !other.is_duplicate);
    assert_eq!(first.position, again.position);
    let last = publish(&nodes[0], draft("orders", "last")).await;
    let seen = take(&mut following, 3).await;
    assert_eq!(seen.last().map(|entry| entry.sequence), Some(last.position.sequence));
}

async fn a_follower_that_was_disconnected_misses_nothing(engine: &dyn Engine) {
    let node = engine.node().await;
    let mut following = follow(&node, None).await;
    let mut position = following.position;
    for round in 0..5_u64 {
        for number in 0..=round {
            publish(&node, draft("away", number)).await;
        }
        let seen = take(&mut following, 1).await;
        position.sequence = seen.last().map_or(position.sequence, |entry| entry.sequence);
        drop(following);
        following = follow(&node, Some(position)).await;
        assert_eq!(following.position, position, "the log is followed from the requested position");
        let rest = take(&mut following, usize::try_from(round).unwrap_or(0)).await;
        let data: Vec<_> = rest.iter().map(|entry| entry.data.clone()).collect();
        assert_eq!(data, (1..=round).map(|number| number.to_string()).collect::<Vec<_>>());
        position.sequence = rest.last().map_or(position.sequence, |entry| entry.sequence);
    }
}

async fn the_history_of_one_topic_is_read_page_by_page(engine: &dyn Engine) {
    let node = engine.node().await;
    let start = end(&node).await;
    let mut expected = Vec::new();
    for number in 0..40 {
        let topic = if number % 4 == 0 { "past/other" } else { "past" };
        let data = format!("{number} {}", "x".repeat(1000));
        let stored = publish(&node, draft(topic, &data)).await;
        if number % 4 != 0 {
            expected.push((stored.position.sequence, data));
        }
    }
    let last = end(&node).await;
    let (mut after, mut seen, mut pages) = (start.sequence, Vec::new(), 0);
    while after < last.sequence {
        let page = node.read("past", after, 5000).await.expect("read");
        assert_eq!(page.epoch, start.epoch);
        assert!(page.evicted_through <= start.sequence, "no event is evicted");
        assert!(page.through > after, "each page makes progress");
        assert!(page.entries.iter().all(|entry| entry.topic == "past" && entry.sequence > after));
        assert!(page.entries.last().is_none_or(|entry| entry.sequence <= page.through));
        seen.extend(page.entries.into_iter().map(|entry| (entry.sequence, entry.data)));
        (after, pages) = (page.through, pages + 1);
    }
    assert_eq!(seen, expected);
    assert!(pages > 2, "the size of a page is limited");
}

async fn acknowledged_events_survive_a_crash(engine: &dyn Engine) {
    let node = engine.node().await;
    let start = end(&node).await;
    let once =
        Draft { once: Some("before and after the crash".to_owned()), ..draft("crash", "once") };
    let first = publish(&node, once.clone()).await;
    let mut stored = vec![first.position];
    for number in 0..50 {
        stored.push(publish(&node, draft("crash", number)).await.position);
    }
    drop(node);
    engine.restart().await;
    let node = engine.node().await;
    let mut following = follow(&node, Some(start)).await;
    assert_eq!(following.position, start);
    let seen = take(&mut following, stored.len()).await;
    let sequences: Vec<_> = seen.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, stored.iter().map(|position| position.sequence).collect::<Vec<_>>());
    let page = node.read("crash", start.sequence, usize::MAX).await.expect("read");
    assert_eq!(page.entries, seen);
    let again = publish(&node, once).await;
    assert_eq!((again.position, again.is_duplicate), (first.position, true));
    let next = publish(&node, draft("crash", "next")).await.position;
    assert!(
        stored.last().is_some_and(|last| last.epoch == next.epoch && last.sequence < next.sequence)
    );
}

async fn a_log_that_is_created_anew_has_another_epoch(engine: &dyn Engine) {
    let node = engine.node().await;
    let before = publish(&node, draft("epoch", "before")).await.position;
    drop(node);
    engine.begin_again().await;
    let node = engine.node().await;
    let mut following = follow(&node, Some(before)).await;
    assert_ne!(following.position.epoch, before.epoch);
    assert_ne!(following.position.epoch, Epoch::UNKNOWN);
    let after = publish(&node, draft("epoch", "after")).await.position;
    assert_eq!(after.epoch, following.position.epoch);
    let seen = take(&mut following, 1).await;
    assert_eq!(seen.last().map(|entry| &*entry.data), Some("after"));
}
