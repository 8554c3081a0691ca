//! Contract lines 29 and 31 over sockets: clients that are cut, that stall and that never read, while
//! events are published.

use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::Running;
use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, Stalled};

use super::oracle::{Oracle, Published};
use super::room::ROOM;
use crate::wire::scripted;

const CLIENTS: usize = 8;
const LOG_BYTES: usize = 64 * 1024;

async fn start() -> (Running, Topic<u32>) {
    start_with(&Topics::default()).await
}

async fn start_with(topics: &Topics) -> (Running, Topic<u32>) {
    let topic = topics.topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move { cx.send.topic_async(&topic).await })
    });
    (host.start().await.unwrap(), topic)
}

fn client(host: &Running, number: usize) -> Client {
    if number.is_multiple_of(2) {
        Client::http1(host.address())
    } else {
        Client::http2(host.address())
    }
}

/// Publishes numbers, some at once and some with a pause.
async fn publish(topic: &Topic<u32>, published: &Published, count: u32) {
    for number in 0..count {
        let id = topic.publish(&number).await.unwrap().id();
        published.note(&id, number);
        match fastrand::u32(..100) {
            0..10 => tokio::time::sleep(Duration::from_millis(1)).await,
            10..30 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_clients_that_are_cut_at_random_get_all_once_and_in_order() {
    let (host, topic) = start().await;
    let published = Published::default();
    let opened = (0..CLIENTS).map(|number| Oracle::open(client(&host, number), &published));
    let mut clients = join_all(opened).await;
    let work = publish(&topic, &published, 2000);
    let reading = join_all(clients.iter_mut().map(async |oracle| {
        for _ in 0..fastrand::u32(30..60) {
            for _ in 0..fastrand::u32(0..20) {
                let step = tokio::time::timeout(Duration::from_millis(50), oracle.step());
                let _ = step.await;
            }
            oracle.is_cut();
        }
    }));
    tokio::join!(work, reading);
    let last = published.last().unwrap();
    for oracle in &mut clients {
        oracle.until(&last).await;
        oracle.has_all("", &last);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_29_a_burst_is_delivered_whole_and_a_client_that_stalls_harms_nobody() {
    let (host, topic) = start().await;
    let published = Published::default();
    let mut oracle = Oracle::open(client(&host, 0), &published).await;
    let _stalled = stalled(&host, 4).await;
    for _ in 0..3 {
        for number in 0..1000 {
            published.note(&topic.publish(&number).await.unwrap().id(), number);
        }
        let last = published.last().unwrap();
        oracle.until(&last).await;
        oracle.has_all("", &last);
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
async fn line_31_clients_that_never_read_cost_no_memory_of_the_log_and_delay_nobody() {
    let topics = Topics::new(|options| options.limits.bytes = LOG_BYTES);
    let (host, topic) = start_with(&topics).await;
    let _stalled = stalled(&host, 300).await;
    let published = Published::default();
    let mut healthy = Oracle::open(client(&host, 0), &published).await;
    for round in 0..20 {
        for number in 0..200 {
            published.note(&topic.publish(&(round * 200 + number)).await.unwrap().id(), number);
        }
        healthy.until(&published.last().unwrap()).await;
    }
    assert_eq!(healthy.given.len(), 4000);
    assert_eq!(healthy.gaps, Vec::<String>::new());
    assert_eq!(topic.subscribers(), 301, "who never reads is no trouble, and is still there");
    assert!(topics.bytes() < LOG_BYTES + 16 * 1024, "{}", topics.bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_log_that_is_restarted_tells_a_gap() {
    let (host, topic) = start().await;
    let published = Published::default();
    let mut oracle = Oracle::open(client(&host, 0), &published).await;
    publish(&topic, &published, 10).await;
    oracle.until(&published.last().unwrap()).await;
    drop(host);
    let (host, topic) = start().await;
    topic.publish(&100).await.unwrap();
    oracle.moves_to(client(&host, 0));
    while oracle.given.last() != Some(&100) {
        oracle.step().await;
    }
    assert_eq!(oracle.gaps.len(), 1);
    assert!(oracle.gaps[0].contains(r#""reason":"epoch""#));
}
