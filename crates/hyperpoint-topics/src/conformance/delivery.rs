//! Checks that each event is stored once, in the same order for all nodes, and delivered unchanged.
#![expect(clippy::indexing_slicing, reason = "a missing element is a failed check")]

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint_sse::EventName;

use super::engine::Engine;
use super::steps::{PATIENCE, draft, follow, publish, take};
use crate::backplane::{Draft, Entry, PageQuery};

pub(super) async fn all_nodes_see_all_events_in_one_order(engine: &dyn Engine) {
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
    assert_eq!(seen[0], seen[1], "all nodes must receive the events in the same order");
    let sequences: HashMap<_, _> =
        seen[0].iter().map(|entry| (entry.data.clone(), entry.position())).collect();
    for (number, stored) in stored.iter().enumerate() {
        assert!(!stored.is_duplicate);
        let position = sequences.get(&number.to_string()).copied();
        assert_eq!(
            position,
            Some(stored.position),
            "followers must receive an event at the position that `publish` returned"
        );
    }
}

pub(super) async fn data_is_delivered_unchanged(engine: &dyn Engine) {
    let node = engine.node().await;
    let mut following = follow(&node, None).await;
    let name = Some(EventName::from_static("ü: name"));
    let full = Draft {
        topic: "room/a%20b.*>/é".to_owned(),
        name,
        data: "one\r\ntwo\n\n\0é😀".to_owned(),
        key: Some("key: é".to_owned()),
        expires_after: Some(Duration::from_millis(90_001)),
        once: None,
    };
    let large = draft("large", "x".repeat(500_000));
    for sent in [draft("a", ""), full, large] {
        publish(&node, sent.clone()).await;
        let Some(entry) = take(&mut following, 1).await.pop() else { continue };
        let Entry { topic, epoch: _, sequence, name, data, key, expires_after, deletes, at } =
            entry;
        let query = PageQuery::after(&sent.topic, sequence - 1, 1);
        let page = node.read(query).await.expect("reading should succeed");
        assert_eq!(page.entries[0].expires_after, sent.expires_after);
        let age = page.now.duration_since(at).unwrap_or_default();
        assert!(age < PATIENCE, "`Page::now` is {age:?} after the time of a new event");
        let age = at.elapsed().unwrap_or_default();
        assert!(age < PATIENCE, "`Entry::at` of a new event is {age:?} ago");
        let received = Draft { topic, name, data, key, expires_after, once: None };
        assert_eq!((received, deletes), (sent, None));
    }
}

pub(super) async fn a_repeated_publication_is_stored_once(engine: &dyn Engine) {
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

pub(super) async fn a_follower_that_was_disconnected_misses_nothing(engine: &dyn Engine) {
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
        assert_eq!(following.position, position, "following must begin at the requested position");
        let rest = take(&mut following, usize::try_from(round).unwrap_or(0)).await;
        let data: Vec<_> = rest.iter().map(|entry| entry.data.clone()).collect();
        assert_eq!(data, (1..=round).map(|number| number.to_string()).collect::<Vec<_>>());
        position.sequence = rest.last().map_or(position.sequence, |entry| entry.sequence);
    }
}
