//! Keep-alives and ends of a topic's stream.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, Decoded};
use tokio::time::{Instant, sleep};

use super::topic_host::{ROOM, Room, read};
use crate::wire::memory::Memory;
use crate::wire::scripted;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn line_13_an_idle_stream_is_kept_alive() {
    let room = Room::new();
    let (mut events, _) = room.open(None, "ready").await;
    for _ in 0..5 {
        let start = Instant::now();
        assert_eq!(events.next_decoded().await.unwrap(), Decoded::Comment(String::new()));
        let idle = start.elapsed();
        assert!((12 * SECOND..15 * SECOND + SECOND / 5).contains(&idle), "{idle:?}");
        sleep(SECOND).await;
        room.publish([1]).await;
        read(&mut events, [1]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_reconnects_after_the_maximum_age_and_misses_nothing() {
    let room = Room::new();
    let (mut events, _) = room.open(None, "ready").await;
    let start = Instant::now();
    let last = events.next().await.unwrap();
    assert_eq!((&*last.name, &*last.data, last.id), ("reconnect", "{}", None));
    events.ended().await.unwrap();
    let age = start.elapsed();
    assert!((720 * SECOND..901 * SECOND).contains(&age), "{age:?}");
    room.publish([1]).await;
    events.reconnect().await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    read(&mut events, [1]).await;
}

#[tokio::test(start_paused = true)]
async fn a_stopping_host_ends_its_streams_with_a_retry() {
    const MINUTE: Duration = Duration::from_mins(1);
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move {
            let sent = cx.send.topic_async(&topic).await;
            topic.publish(&1).await?;
            sent
        })
    });
    let app = host.build().unwrap();
    let client = Client::new(app.clone());
    let mut streams = Vec::new();
    for _ in 0..100 {
        let mut events = client.events("/s").await.unwrap();
        assert_eq!(events.next().await.unwrap().name, "ready");
        streams.push(events);
    }
    app.stopping().request();
    let mut waits = Vec::new();
    for events in &mut streams {
        // Streams that end later still receive what other handlers publish at their end.
        while events.next_within(MINUTE).await.unwrap().name != "reconnect" {}
        waits.push(events.retry_after().unwrap());
        events.ended().await.unwrap();
    }
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 50, "retries are spread: {waits:?}");
    assert_eq!(
        topic.publish(&2).await.unwrap().position().sequence,
        101,
        "the code after the await"
    );
    let mut events = client.events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "reconnect");
    events.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_future_ends_a_stream_with_done() {
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move {
            let stream = cx.send.topic_async(&topic).done();
            stream.until(sleep(5 * SECOND)).await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    assert!(memory.frame().await.unwrap().starts_with("event: ready\n"));
    topic.publish(&1).await.unwrap();
    assert!(memory.frame().await.unwrap().ends_with("data: 1\n\n"));
    let start = Instant::now();
    assert_eq!(memory.rest().await, "event: done\ndata: {}\n\n");
    assert_eq!(start.elapsed(), 5 * SECOND);
    assert_eq!(topic.subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_continues_beside_its_stream() {
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move {
            let publish = async {
                for number in 0..3 {
                    sleep(SECOND).await;
                    topic.publish(&number).await?;
                }
                Ok::<_, hyperpoint::PublishError>(())
            };
            let stream = cx.send.topic_async(&topic).max_age(10 * SECOND);
            let (sent, published) = tokio::join!(stream, publish);
            published?;
            sent
        })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    read(&mut events, 0..3).await;
    assert_eq!(events.next().await.unwrap().name, "reconnect");
    events.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_drops_its_stream_ends_it() {
    let topic = Topics::default().topic(ROOM);
    let streamed = topic.clone();
    let host = scripted::<u32>(move |cx| {
        let topic = streamed.clone();
        Box::pin(async move {
            tokio::select! {
                sent = cx.send.topic_async(&topic) => sent,
                () = sleep(SECOND) => Err(Problem::internal("dropped")),
            }
        })
    });
    let mut events = Client::new(host.build().unwrap()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().name, "ready");
    assert_eq!(events.next().await.unwrap().name, "problem");
    events.ended().await.unwrap();
    assert_eq!(topic.subscribers(), 0);
}

#[tokio::test(start_paused = true)]
async fn head_and_a_client_that_disconnects_create_no_subscription() {
    let room = Room::new();
    let (events, _) = room.open(None, "ready").await;
    assert_eq!(room.topic.subscribers(), 1);
    events.disconnect();
    assert_eq!(room.topic.subscribers(), 0);
    let head = room.client.events("/s").method(http::Method::HEAD).await.unwrap();
    assert_eq!((head.status().as_u16(), room.topic.subscribers()), (200, 0));
}
