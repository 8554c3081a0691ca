//! Checks that events and ids survive a crash, and that no id is assigned twice.

use super::engine::Engine;
use super::steps::{draft, end, follow, is_past, publish, take};
use crate::backplane::{Draft, Entry, PageQuery};
use crate::position::{Epoch, Position};

pub(super) async fn acknowledged_events_survive_a_crash(engine: &dyn Engine) {
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
    assert_eq!(positions, stored, "events must keep their positions after a crash");
    for position in stored.iter().chain([&start]) {
        assert!(is_past(&node, *position).await, "{position} must be in the log's past");
    }
    let page = node
        .read(PageQuery::after("crash", start.sequence, usize::MAX))
        .await
        .expect("reading should succeed");
    assert_eq!(page.entries, seen);
    let again = publish(&node, once).await;
    assert_eq!((again.position, again.is_duplicate), (first.position, true));
    let next = publish(&node, draft("crash", "next")).await.position;
    assert!(stored.last().is_some_and(|last| last.sequence < next.sequence));
    assert!(is_past(&node, next).await);
}

pub(super) async fn only_positions_of_the_past_are_recognized(engine: &dyn Engine) {
    let node = engine.node().await;
    let first = publish(&node, draft("known", 1)).await.position;
    let last = publish(&node, draft("known", 2)).await.position;
    assert!(is_past(&node, first).await && is_past(&node, last).await);
    let before = Position { sequence: first.sequence - 1, ..first };
    assert!(
        is_past(&node, before).await,
        "the position just before an event must be in the log's past"
    );
    let after = Position { sequence: last.sequence + 1_000, ..last };
    assert!(
        !is_past(&node, after).await,
        "a position after the end of the log must not be in its past"
    );
    let foreign = Position { epoch: Epoch::random(), ..first };
    assert!(
        !is_past(&node, foreign).await,
        "a position of another log must not be in this log's past"
    );
}

pub(super) async fn a_restored_copy_gives_no_id_again(engine: &dyn Engine) {
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
        // The node detects that the log was restored when it follows the log.
        let mut following = follow(&node, kept.last().copied()).await;
        let mut given = Vec::new();
        for number in 0..5 {
            given.push(publish(&node, draft("restored", number)).await.position);
        }
        let seen = take(&mut following, 5).await;
        assert_eq!(seen.iter().map(Entry::position).collect::<Vec<_>>(), given);
        for position in kept.iter().chain(&given) {
            assert!(is_past(&node, *position).await, "{position} must be in the log's past");
        }
        for position in &lost {
            assert!(!given.contains(position), "{position} was assigned twice");
            assert!(
                !is_past(&node, *position).await,
                "{position} was lost in a restore, and must not be in the past"
            );
        }
        lost.extend(given);
    }
}

pub(super) async fn a_log_that_is_created_anew_has_another_epoch(engine: &dyn Engine) {
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
