//! Hosts with streams of one topic, and their clients.

use std::time::Duration;

use futures_util::future::join_all;
use hyperpoint::prelude::*;
use hyperpoint::{Running, TopicStream};
use tokio::sync::watch;

use crate::telemetry::captured::Captured;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Enough subscribers for a task that writes to them.
pub(super) const MANY: usize = 20;
pub(super) const NUMBERS: TopicName<u32> = TopicName::new("numbers");
pub(super) const TEXTS: TopicName<String> = TopicName::new("texts");
pub(super) const LONG: Duration = Duration::from_mins(10);

/// Returns a host whose `/s` streams this topic.
pub(super) fn host<T: Send + Sync + 'static>(
    topic: &Topic<T>,
    stream: impl for<'a> Fn(TopicStream<'a>) -> TopicStream<'a> + Send + Sync + 'static,
) -> Host {
    let (topic, stream) = (topic.clone(), Arc::new(stream));
    scripted::<T>(move |cx| {
        let (topic, stream) = (topic.clone(), Arc::clone(&stream));
        Box::pin(async move { stream(cx.send.topic_async(&topic)).await })
    })
}

/// Returns a host whose `/s` streams this topic until it is told to end.
pub(super) fn ending(topic: &Topic<u32>, ends: &watch::Sender<bool>) -> Host {
    let (topic, ends) = (topic.clone(), ends.subscribe());
    scripted::<u32>(move |cx| {
        let (topic, mut ends) = (topic.clone(), ends.clone());
        Box::pin(async move {
            let ended = async move { drop(ends.wait_for(|is| *is).await) };
            cx.send.topic_async(&topic).keep_alive(LONG).until(ended).done().await
        })
    })
}

/// Opens streams, and reads their first event.
pub(super) async fn open(host: &Running, count: usize) -> Vec<Raw> {
    let address = host.address();
    join_all((0..count).map(|_| async move {
        let mut raw = Raw::get(address, "/s").await;
        raw.head().await;
        raw.chunks_until("\n\n").await;
        raw
    }))
    .await
}

/// Publishes a number, and reads it on each stream, so that all of them are parked afterwards.
pub(super) async fn publish(topic: &Topic<u32>, clients: &mut [Raw], number: u32) {
    topic.publish(&number).await.unwrap();
    let end = format!("data: {number}\n\n");
    for raw in clients {
        let body = raw.chunks_until(&end).await;
        assert_eq!(body.matches("data: ").count(), 1, "{body:?}");
    }
}

/// Publishes numbers until one is written to parked streams.
pub(super) async fn park(log: &Captured, topic: &Topic<u32>, clients: &mut [Raw]) {
    for number in 1_000_000.. {
        publish(topic, clients, number).await;
        if writings(log) > 1 {
            return;
        }
    }
}

/// Returns how often a task wrote to parked streams.
pub(super) fn writings(log: &Captured) -> usize {
    log.lines_with("writing events to parked streams").len()
}

/// Returns the data of the events in a body.
pub(super) fn data(body: &str) -> Vec<u32> {
    body.lines().filter_map(|line| line.strip_prefix("data: ")?.parse().ok()).collect()
}
