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
/// /// A server in a process of its own, whose log is a folder.
/// trait Server: Send + Sync {
///     fn start(&self);
///     fn kill(&self);
///     fn connect(&self) -> Arc<dyn Backplane>;
///     fn delete_log(&self);
///     fn copy_log(&self, from: &str, to: &str);
/// }
///
/// struct Tested<S>(S);
///
/// #[async_trait]
/// impl<S: Server> Engine for Tested<S> {
///     async fn node(&self) -> Arc<dyn Backplane> {
///         self.0.connect()
///     }
///
///     async fn restart(&self) {
///         self.0.kill();
///         self.0.start();
///     }
///
///     async fn begin_again(&self) {
///         self.0.kill();
///         self.0.delete_log();
///         self.0.start();
///     }
///
///     async fn back_up(&self) {
///         self.0.copy_log("log", "copy");
///     }
///
///     async fn restore(&self) {
///         self.0.kill();
///         self.0.copy_log("copy", "log");
///         self.0.start();
///     }
/// }
///
/// async fn the_server_conforms(server: impl Server) {
///     check(&Tested(server)).await;
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

    /// Saves a copy of the log, such as a backup. No node is connected.
    async fn back_up(&self);

    /// Replaces the log with the copy, as an operator would. No node is connected.
    async fn restore(&self);
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
    only_positions_of_the_past_are_recognized(engine).await;
    a_restored_copy_gives_no_id_again(engine).await;
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

/// Looks a position up, and retries while that fails. Returns whether it is of the log's past.
async fn is_past(node: &Arc<dyn Backplane>, position: Position) -> bool {
    for _ in 0..50 {
        match timeout(PATIENCE, node.look_up(position)).await.expect("in time") {
            Ok(found) => return found.is_past,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    node.look_up(position).await.expect("looked up").is_past
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
        seen[0].iter().map(|entry| (entry.data.clone(), entry.position())).collect();
    for (number, stored) in stored.iter().enumerate() {
        assert!(!stored.is_duplicate);
        let position = sequences.get(&number.to_string()).copied();
        assert_eq!(
            position,
            Some(stored.position),
            "the publisher and the followers see the same position"
        );
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
        let Entry { topic, epoch: _, sequence: _, name, data, key, at } = entry;
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
        assert!(page.entries.iter().all(|entry| entry.epoch == start.epoch));
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
    assert_eq!(following.position.sequence, start.sequence);
    let seen = take(&mut following, stored.len()).await;
    let positions: Vec<_> = seen.iter().map(Entry::position).collect();
    assert_eq!(positions, stored, "an event keeps its id");
    for position in stored.iter().chain([&start]) {
        assert!(is_past(&node, *position).await, "{position}");
    }
    let page = node.read("crash", start.sequence, usize::MAX).await.expect("read");
    assert_eq!(page.entries, seen);
    let again = publish(&node, once).await;
    assert_eq!((again.position, again.is_duplicate), (first.position, true));
    let next = publish(&node, draft("crash", "next")).await.position;
    assert!(stored.last().is_some_and(|last| last.sequence < next.sequence));
    assert!(is_past(&node, next).await);
}

async fn only_positions_of_the_past_are_recognized(engine: &dyn Engine) {
    let node = engine.node().await;
    let first = publish(&node, draft("known", 1)).await.position;
    let last = publish(&node, draft("known", 2)).await.position;
    assert!(is_past(&node, first).await && is_past(&node, last).await);
    let before = Position { sequence: first.sequence - 1, ..first };
    assert!(is_past(&node, before).await, "a generation goes on after what is before it");
    let after = Position { sequence: last.sequence + 1_000, ..last };
    assert!(!is_past(&node, after).await, "an id that was never given");
    let foreign = Position { epoch: Epoch::random(), ..first };
    assert!(!is_past(&node, foreign).await, "another log");
}

async fn a_restored_copy_gives_no_id_again(engine: &dyn Engine) {
    let node = engine.node().await;
    let mut kept = Vec::new();
    for number in 0..5 {
        kept.push(publish(&node, draft("restored", number)).await.position);
    }
    drop(node);
    engine.back_up().await;
    let mut lost = Vec::new();
    for timeline in 0..3 {
        if timeline > 0 {
            engine.restore().await;
        }
        let node = engine.node().await;
        // Following makes the node notice what it missed.
        let mut following = follow(&node, kept.last().copied()).await;
        let mut given = Vec::new();
        for number in 0..5 {
            given.push(publish(&node, draft("restored", number)).await.position);
        }
        let seen = take(&mut following, 5).await;
        assert_eq!(seen.iter().map(Entry::position).collect::<Vec<_>>(), given);
        for position in kept.iter().chain(&given) {
            assert!(is_past(&node, *position).await, "{position} is of the past");
        }
        for position in &lost {
            assert!(!given.contains(position), "{position} is given again");
            assert!(!is_past(&node, *position).await, "{position} is of another timeline");
        }
        lost.extend(given);
    }
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
    assert!(!is_past(&node, before).await);
    let after = publish(&node, draft("epoch", "after")).await.position;
    assert_eq!(after.epoch, following.position.epoch);
    let seen = take(&mut following, 1).await;
    assert_eq!(seen.last().map(|entry| &*entry.data), Some("after"));
}
