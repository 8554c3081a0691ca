//! Checks that the newest event of each key can be read and deleted.
#![expect(clippy::indexing_slicing, reason = "a missing element is a failed check")]

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::time::timeout;

use super::engine::Engine;
use super::steps::{PATIENCE, delete, draft, end, publish};
use crate::backplane::{Backplane, Deletion, Draft, Entry, KeysQuery, Page};
use crate::name::TopicName;
use crate::position::Position;
use crate::reader::Received;
use crate::subscription::OnLag;
use crate::topics::Topics;

const TOPIC: &str = "keys";

/// Checks that [`Backplane::read_keys`] reads the newest event of each key. Does nothing if the
/// backplane does not keep these events.
pub(super) async fn the_newest_event_of_each_key_is_read(engine: &dyn Engine) {
    let node = engine.node().await;
    if read(&node, 0, usize::MAX, 1).await.is_none() {
        return;
    }
    let mut positions = Vec::new();
    for number in 0..30 {
        positions.push(publish(&node, keyed(TOPIC, number % 10, number)).await.position);
        publish(&node, keyed("keys/other", number, number)).await;
        publish(&node, draft(TOPIC, "without a key")).await;
    }
    assert_eq!(values(&node).await, texts(20..30));
    let page = read(&node, 0, usize::MAX, 1 << 20)
        .await
        .expect("the backplane should keep the newest event of each key");
    let read_positions: Vec<_> = page.entries.iter().map(Entry::position).collect();
    assert_eq!(read_positions, positions[20..]);
    assert!(page.through >= end(&node).await.sequence && page.evicted_through == 0);
    check_limits(&node, &positions).await;
    let event = |at: usize| Deletion::Event(positions[at].sequence);
    assert_eq!(
        delete(&node, TOPIC, event(5)).await.events,
        1,
        "an older event of a key must be deleted"
    );
    assert_eq!(values(&node).await, texts(20..30));
    delete(&node, TOPIC, event(29)).await;
    assert_eq!(
        values(&node).await,
        texts(20..29),
        "a key must have no event after its newest event was deleted"
    );
    drop(node);
    engine.restart().await;
    let node = engine.node().await;
    assert_eq!(values(&node).await, texts(20..29));
    publish(&node, keyed(TOPIC, 9, 30)).await;
    publish(&node, keyed(TOPIC, 0, 31)).await;
    assert_eq!(values(&node).await, texts((21..29).chain(30..32)));
    delete(&node, TOPIC, Deletion::Through(u64::MAX)).await;
    assert_eq!(values(&node).await, texts(0..0));
    publish(&node, keyed(TOPIC, 3, 32)).await;
    assert_eq!(values(&node).await, texts(32..33));
}

/// Checks that a key has no event if its newest event was deleted before the node started, even if
/// the log has an older event of the key.
pub(super) async fn the_key_of_a_deleted_event_has_no_older_one_on_later_nodes(
    engine: &dyn Engine,
) {
    let node = engine.node().await;
    publish(&node, keyed("forgotten", 1, 1)).await;
    publish(&node, keyed("forgotten", 2, 2)).await;
    let newest = [
        publish(&node, keyed("forgotten", 1, 3)).await.position,
        publish(&node, keyed("forgotten", 2, 4)).await.position,
    ];
    publish(&node, keyed("forgotten", 2, 5)).await;
    for position in newest {
        delete(&node, "forgotten", Deletion::Event(position.sequence)).await;
    }
    publish(&node, draft("forgotten", 6)).await;
    let current = async |node| {
        const FORGOTTEN: TopicName<u32> = TopicName::new("forgotten");
        let topics = Topics::with_backplane(node, |_| {});
        let subscription = topics.topic(FORGOTTEN).subscribe().history(usize::MAX);
        let mut events = subscription.on_lag(OnLag::Conflate).events();
        let mut read = Vec::new();
        while read.last() != Some(&6) {
            let next = timeout(PATIENCE, events.next())
                .await
                .expect("the operation should finish within 20 s");
            if let Some(Received::Event { data, .. }) = next {
                read.push(data);
            }
        }
        read
    };
    assert_eq!(current(node).await, [5, 6]);
    engine.restart().await;
    assert_eq!(current(engine.node().await).await, [5, 6]);
}

async fn check_limits(node: &Arc<dyn Backplane>, positions: &[Position]) {
    let newest = read(node, 0, 3, 1 << 20)
        .await
        .expect("the backplane should keep the newest event of each key");
    assert_eq!(data(&newest), texts(27..30), "`limit_keys` must select the keys that changed last");
    let rest = read(node, positions[24].sequence, usize::MAX, 1 << 20)
        .await
        .expect("the backplane should keep the newest event of each key");
    assert_eq!(data(&rest), texts(25..30));
    let (mut after, mut paged) = (0, Vec::new());
    while paged.len() < 10 {
        let page = read(node, after, usize::MAX, 1)
            .await
            .expect("the backplane should keep the newest event of each key");
        assert!(page.after == after && page.through > after && page.entries.len() <= 1);
        paged.extend(data(&page));
        after = page.through;
    }
    assert_eq!(paged, texts(20..30));
}

async fn read(
    node: &Arc<dyn Backplane>,
    after: u64,
    limit_keys: usize,
    limit_bytes: usize,
) -> Option<Page> {
    node.read_keys(KeysQuery { topic: TOPIC, after, limit_keys, limit_bytes })
        .await
        .expect("reading should succeed")
}

async fn values(node: &Arc<dyn Backplane>) -> Vec<String> {
    data(
        &read(node, 0, usize::MAX, 1 << 20)
            .await
            .expect("the backplane should keep the newest event of each key"),
    )
}

fn data(page: &Page) -> Vec<String> {
    page.entries.iter().map(|entry| entry.data.clone()).collect()
}

fn texts(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

fn keyed(topic: &str, key: u32, number: u32) -> Draft {
    Draft { key: Some(key.to_string()), ..draft(topic, number) }
}
