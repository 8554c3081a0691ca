//! Checks that deleted events are no longer delivered, and are not reported as lost.
#![expect(clippy::indexing_slicing, reason = "a missing element is a failed check")]

use futures_util::future::join_all;

use super::engine::Engine;
use super::steps::{delete, draft, end, follow, is_past, publish, read_all, take};
use crate::backplane::{Deleted, Deletion, Draft, Entry, Following, PageQuery};

pub(super) async fn a_deleted_event_is_gone_and_its_place_is_no_loss(engine: &dyn Engine) {
    let nodes = [engine.node().await, engine.node().await];
    // An event that is kept, so that the deleted events are not at the beginning of the log.
    publish(&nodes[0], draft("erased/before", "kept")).await;
    let start = end(&nodes[0]).await;
    let mut follower = follow(&nodes[1], Some(start)).await;
    let mut positions = Vec::new();
    for number in 0..5 {
        let once = Some(format!("erased {number}"));
        let key = Some("same".to_owned());
        let event = Draft { key, once, ..draft("erased", number) };
        positions.push(publish(&nodes[0], event).await.position);
    }
    take(&mut follower, 5).await;
    // Deletes an event in the middle, the oldest event, and the newest event.
    for (number, at) in [2, 0, 4].into_iter().enumerate() {
        let which = Deletion::Event(positions[at].sequence);
        assert_eq!(
            delete(&nodes[number % 2], "erased/other", which).await.events,
            0,
            "a deletion in another topic must delete nothing"
        );
        assert_eq!(delete(&nodes[number % 2], "erased", which).await, Deleted { events: 1, which });
        assert_eq!(
            delete(&nodes[number % 2], "erased", which).await.events,
            0,
            "a second deletion must delete nothing"
        );
        let entry = take_deletion(&mut follower, which).await;
        assert_eq!((&*entry.data, entry.key.as_deref()), ("", Some("same")));
    }
    let absent = Deletion::Event(positions[4].sequence + 1_000);
    assert_eq!(delete(&nodes[0], "erased", absent).await.events, 0);
    assert_eq!(read_all(&nodes[1], "erased", start.sequence).await, ["1", "3"]);
    for position in &positions {
        assert!(
            is_past(&nodes[0], *position).await,
            "the position of a deleted event must stay in the log's past"
        );
    }
    let again = Draft { once: Some("erased 4".to_owned()), ..draft("erased", 4) };
    let again = publish(&nodes[0], again).await;
    assert_eq!(
        (again.is_duplicate, again.position),
        (true, positions[4]),
        "publishing a deleted event again must be a duplicate"
    );
    drop((nodes, follower));
    engine.restart().await;
    let node = engine.node().await;
    assert_eq!(read_all(&node, "erased", start.sequence).await, ["1", "3"]);
    let mut follower = follow(&node, Some(start)).await;
    assert_eq!(follower.position.sequence, start.sequence, "no event may be reported as lost");
    let last = publish(&node, draft("erased", "last")).await;
    let mut events = Vec::new();
    while events.last().is_none_or(|entry: &Entry| entry.sequence < last.position.sequence) {
        events.extend(take(&mut follower, 1).await);
    }
    let events = events.iter().filter(|entry| entry.deletes.is_none());
    assert_eq!(events.map(|entry| &*entry.data).collect::<Vec<_>>(), ["1", "3", "last"]);
}

/// Takes entries up to the one that reports this deletion in the topic `erased`, and returns it.
async fn take_deletion(follower: &mut Following, which: Deletion) -> Entry {
    loop {
        let entry = take(follower, 1).await.remove(0);
        if entry.topic == "erased" && entry.deletes == Some(which) {
            return entry;
        }
        assert!(entry.deletes.is_some(), "expected an entry that deletes events: {entry:?}");
    }
}

pub(super) async fn pages_of_few_events_go_on_past_deletions(engine: &dyn Engine) {
    let node = engine.node().await;
    let start = publish(&node, draft("few", "before")).await.position.sequence;
    let publish_and_delete = async |count: usize| {
        for _ in 0..count {
            let deleted = publish(&node, draft("few", "deleted")).await.position;
            delete(&node, "few", Deletion::Event(deleted.sequence)).await;
        }
    };
    publish_and_delete(3).await;
    for number in 0..3 {
        publish(&node, draft("few", number)).await;
        publish_and_delete(5).await;
    }
    let last = end(&node).await.sequence;
    for limit_events in [1, 2, 7] {
        let (mut after, mut onwards) = (start, Vec::new());
        while after < last {
            let query = PageQuery::after("few", after, 1 << 20);
            let page = node
                .read(PageQuery { limit_events, ..query })
                .await
                .expect("reading should succeed");
            assert!(page.through > after, "each page must make progress: {page:?}");
            assert!(page.entries.len() <= limit_events, "over {limit_events} events: {page:?}");
            onwards.extend(page.entries.into_iter().map(|entry| entry.data));
            after = page.through;
        }
        assert_eq!(onwards, ["0", "1", "2"], "pages of at most {limit_events} events");
        let (mut before, mut backwards) = (u64::MAX, Vec::new());
        while backwards.last().is_none_or(|data| data != "before") {
            let query = PageQuery::before("few", before, 1 << 20);
            let page = node
                .read(PageQuery { limit_events, ..query })
                .await
                .expect("reading should succeed");
            assert!(page.after + 1 < before, "each page must make progress: {page:?}");
            assert!(page.entries.len() <= limit_events, "over {limit_events} events: {page:?}");
            backwards.extend(page.entries.into_iter().rev().map(|entry| entry.data));
            before = page.after + 1;
        }
        assert_eq!(backwards, ["2", "1", "0", "before"], "pages of at most {limit_events} events");
    }
}

pub(super) async fn a_purge_deletes_what_the_topic_had_and_nothing_else(engine: &dyn Engine) {
    let node = engine.node().await;
    publish(&node, draft("purged/before", "kept")).await;
    let start = end(&node).await;
    let mut follower = follow(&node, Some(start)).await;
    for number in 0..40 {
        publish(&node, draft(if number % 4 == 0 { "purged/other" } else { "purged" }, number))
            .await;
    }
    let which = Deletion::Through(u64::MAX);
    // Each event that is published during the purge is purged or kept. All purged events precede
    // the kept ones.
    let meanwhile = join_all((0..10).map(|number| publish(&node, draft("purged", number))));
    let (deleted, _) = tokio::join!(delete(&node, "purged", which), meanwhile);
    assert!((30..=40).contains(&deleted.events), "expected 30 to 40 deleted events: {deleted:?}");
    let (_, through) = deleted.which.range();
    assert_eq!(deleted.which, Deletion::Through(through));
    let mut is_told = false;
    while !is_told {
        is_told = take(&mut follower, 1).await[0].deletes == Some(deleted.which);
    }
    let left = usize::try_from(40 - deleted.events).unwrap_or(0);
    assert_eq!(read_all(&node, "purged", start.sequence).await.len(), left);
    assert_eq!(read_all(&node, "purged/other", start.sequence).await.len(), 10);
    let page = node
        .read(PageQuery::after("purged", start.sequence, 1 << 20))
        .await
        .expect("reading should succeed");
    assert!(page.entries.iter().all(|entry| entry.sequence > through));
    let next = publish(&node, draft("purged", "next")).await.position;
    assert!(next.sequence > through && is_past(&node, next).await);
    assert_eq!(delete(&node, "purged/none", which).await.events, 0);
    drop((node, follower));
    engine.restart().await;
    let node = engine.node().await;
    let read = read_all(&node, "purged", start.sequence).await;
    assert_eq!((read.len(), read.last().map(String::as_str)), (left + 1, Some("next")));
    let deleted = delete(&node, "purged", which).await;
    assert!(deleted.events > left as u64, "expected more than {left} deleted events: {deleted:?}");
    assert_eq!(read_all(&node, "purged", start.sequence).await, [""; 0]);
}
