//! Deletions while a page is read, and deletions that are interrupted.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use hyperpoint::nats::{JetStream, JetStreamOptions};
use hyperpoint::topics::backplane::{Backplane, Deletion, Draft, PageQuery};
use tokio::time::timeout;

use super::broker::Broker;

const DEADLINE: Duration = Duration::from_secs(20);
const ALL: Deletion = Deletion::Through(u64::MAX);

fn draft(topic: &str, data: u32) -> Draft {
    let (topic, data) = (topic.to_owned(), format!("{data:0100}"));
    Draft { topic, name: None, data, key: None, expires_after: None, once: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_events_are_purged_while_it_is_read_ends_where_they_were() {
    let broker = Broker::start().await;
    let options = JetStreamOptions::default().timeout(DEADLINE);
    let engine = JetStream::connect_with(&broker.url(), options).await.unwrap();
    let start = engine.publish(draft("other", 0)).await.unwrap().position;
    for round in 0..20 {
        let each = (0..1_000).map(|number| engine.publish(draft("a", number)));
        let last =
            join_all(each).await.into_iter().map(|stored| stored.unwrap().position.sequence).max();
        let purge = async {
            tokio::time::sleep(Duration::from_micros(500) * round).await;
            engine.delete("a", ALL).await.unwrap()
        };
        let read = engine.read(PageQuery::after("a", start.sequence, usize::MAX));
        let read = timeout(DEADLINE / 4, read);
        let (page, deleted) = tokio::join!(read, purge);
        let page = page.expect("the server does not answer what it does not have").unwrap();
        assert!(page.through >= last.unwrap(), "{page:?}");
        assert!(deleted.events >= 1_000);
    }
}

/// Waits for this time. A timer is not as fine.
async fn spin(time: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < time {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_nodes_are_told_of_what_a_deletion_deleted_before_it_was_interrupted() {
    let broker = Broker::start().await;
    let engine = JetStream::connect(&broker.url()).await.unwrap();
    let other = JetStream::connect(&broker.url()).await.unwrap();
    let start = engine.publish(draft("other", 0)).await.unwrap().position;
    let mut follower = other.follow(Some(start)).await.unwrap().entries;
    let mut deleted = 0;
    for round in 0..100 {
        let topic = format!("a/{round}");
        let stored = engine.publish(draft(&topic, round)).await.unwrap();
        let which = if round % 2 == 0 { ALL } else { Deletion::Event(stored.position.sequence) };
        let patience = Duration::from_micros(30) * round;
        let patience = spin(patience);
        tokio::select! {
            done = engine.delete(&topic, which) => assert!(done.is_ok()),
            () = patience => {}
        }
        let end = engine.publish(draft("other", round)).await.unwrap().position;
        let (mut is_told, mut through) = (false, 0);
        while through < end.sequence {
            let entry = timeout(DEADLINE, follower.next()).await.unwrap().unwrap().unwrap();
            is_told |= entry.topic == topic && entry.deletes.is_some();
            through = entry.sequence;
        }
        let page = engine.read(PageQuery::after(&topic, start.sequence, 1 << 20)).await.unwrap();
        assert!(is_told || !page.entries.is_empty(), "round {round}");
        deleted += u32::from(page.entries.is_empty());
    }
    assert!(deleted > 0, "some are deleted in time");
}
