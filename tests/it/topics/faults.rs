//! Clients that are cut and that stall while events are published, over sockets: contract line 29.

use futures_util::future::join_all;
use hyperpoint::Running;
use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, Stalled};

use super::topic_host::ROOM;
use crate::shared::chance::seeded;
use crate::shared::oracle::{Oracle, Published, client};
use crate::wire::scripted;

const CLIENTS: usize = 8;

async fn start() -> (Running, Topic<u32>) {
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).await })
    });
    (host.start().await.unwrap(), topic)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_clients_that_are_cut_at_random_get_every_event_once_and_in_order() {
    seeded();
    let (host, topic) = start().await;
    let published = Published::default();
    let opened =
        (0..CLIENTS).map(|number| Oracle::open(client(host.address(), number), &published));
    let mut clients = join_all(opened).await;
    let work = published.publish(&topic, 0..2000);
    let reading = join_all(clients.iter_mut().map(async |oracle| {
        for _ in 0..oracle.rng.u32(30..60) {
            oracle.reads_some().await;
            oracle.is_cut();
        }
    }));
    tokio::join!(work, reading);
    let last = published.last().unwrap();
    for oracle in &mut clients {
        oracle.until(&last).await;
        oracle.has_all(&last);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_a_burst_is_delivered_completely_and_a_stalled_client_affects_no_other() {
    let (host, topic) = start().await;
    let published = Published::default();
    let mut oracle = Oracle::open(client(host.address(), 0), &published).await;
    let _stalled = stalled(&host, 4).await;
    for _ in 0..3 {
        for number in 0..1000 {
            published.note(&topic.publish(&number).await.unwrap().id(), number);
        }
        let last = published.last().unwrap();
        oracle.until(&last).await;
        oracle.has_all(&last);
    }
}

async fn stalled(host: &Running, count: usize) -> Vec<Stalled> {
    let open = async |_| {
        let mut events = Client::http1(host.address()).events("/s").await.unwrap();
        assert_eq!(events.next().await.unwrap().name, "ready");
        events.stop_reading()
    };
    join_all((0..count).map(open)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_in_memory_log_sends_a_gap() {
    let (host, topic) = start().await;
    let published = Published::default();
    let mut oracle = Oracle::open(client(host.address(), 0), &published).await;
    published.publish(&topic, 0..10).await;
    oracle.until(&published.last().unwrap()).await;
    drop(host);
    let (host, topic) = start().await;
    topic.publish(&100).await.unwrap();
    oracle.moves_to(client(host.address(), 0));
    while oracle.given.last() != Some(&100) {
        oracle.step().await;
    }
    assert_eq!(oracle.gaps.len(), 1);
    assert!(oracle.gaps[0].contains(r#""reason":"epoch""#));
}
