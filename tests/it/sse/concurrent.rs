//! A stream that is awaited concurrently with others: within `join!` and within a set of futures.

use std::time::Duration;

use futures_util::future::{BoxFuture, Either};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, stream};
use hyperpoint::EventStream;
use hyperpoint::prelude::*;
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::{Scripted, scripted};

const SECOND: Duration = Duration::from_secs(1);
const EVENTS: usize = 100;

/// Creates events of 1 KiB that are all ready, or arrive one per second.
fn events(pause: Option<Duration>) -> impl Stream<Item = StreamItem> + Send {
    stream! {
        for _ in 0..EVENTS {
            if let Some(pause) = pause {
                sleep(pause).await;
            }
            yield StreamItem::text("x".repeat(1016));
        }
    }
}

async fn join(stream: EventStream<'_>) -> Result {
    let mut ticks = 0;
    let beside = async {
        for _ in 0..10 {
            sleep(SECOND).await;
            ticks += 1;
        }
    };
    let (sent, ()) = tokio::join!(stream, beside);
    assert_eq!(ticks, 10);
    sent
}

/// A set that polls a future only if that future's own waker was woken.
async fn in_a_set(stream: EventStream<'_>) -> Result {
    let mut set = FuturesUnordered::new();
    set.push(Either::Left(stream.map(Some)));
    set.push(Either::Right(sleep(SECOND).map(|()| None)));
    let mut answer = None;
    while let Some(result) = set.next().await {
        answer = result.or(answer);
    }
    answer.unwrap()
}

fn check_send<'a>(future: impl Future<Output = Result> + Send + 'a) -> BoxFuture<'a, Result> {
    Box::pin(future)
}

async fn check(host: Host) {
    let mut memory = Memory::get(host, "/s").await;
    let read = tokio::time::timeout(Duration::from_mins(10), memory.rest());
    let body = read.await.unwrap();
    assert_eq!(body.matches("\n\n").count(), EVENTS);
}

#[tokio::test(start_paused = true)]
async fn a_stream_makes_progress_in_a_join() {
    for pause in [None, Some(SECOND)] {
        check(scripted(move |cx| check_send(join(cx.send.stream_items_async(events(pause))))))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_makes_progress_in_a_set_of_futures() {
    for pause in [None, Some(SECOND)] {
        check(scripted(move |cx| check_send(in_a_set(cx.send.stream_items_async(events(pause))))))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_imperative_form_makes_progress_in_a_set_of_futures() {
    check(scripted::<u32>(|cx| {
        Box::pin(async move {
            let mut sink = cx.send.open_event_stream_async().await?;
            let write = async {
                for _ in 0..EVENTS {
                    sink.item(&StreamItem::text("x".repeat(1016))).await?;
                }
                sink.close().await
            };
            let mut set = FuturesUnordered::new();
            set.push(write.boxed());
            set.next().await.unwrap()
        })
    }))
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_maximum_age_ends_a_stream_in_a_set_of_futures() {
    let host = scripted::<u32>(|cx| {
        let silent = stream::pending::<u32>();
        let stream = cx.send.event_stream_async("n", silent);
        check_send(in_a_set(stream.max_age(5 * SECOND)))
    });
    let start = Instant::now();
    let mut memory = Memory::get(host, "/s").await;
    let (body, _) = masked(&memory.rest().await);
    assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_body_continues_while_the_handler_waits_elsewhere() {
    let host = scripted::<u32>(|cx: Cx<'_, Scripted<u32>>| {
        Box::pin(async move {
            let (seven, receive) = tokio::sync::oneshot::channel();
            let source = stream::once(async move { receive.await.unwrap() });
            let stream = cx.send.event_stream_async("n", source).retry(SECOND);
            let beside = async {
                sleep(3 * SECOND).await;
                seven.send(7).unwrap();
            };
            let (sent, ()) = tokio::join!(stream, beside);
            sent
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    assert_eq!(memory.rest().await, "event: n\nretry: 1000\ndata: 7\n\n");
}
