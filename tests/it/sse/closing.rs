//! Options that end a stream: `done`, `until`, the maximum age, and the `retry` of its first event.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyperpoint::prelude::*;
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::scripted;

const SECOND: Duration = Duration::from_secs(1);

fn app(host: Host) -> hyperpoint::Application {
    host.build().unwrap()
}

async fn ask(app: &hyperpoint::Application) -> Memory {
    Memory::ask(app, http::Request::get("/s").body(String::new()).unwrap()).await
}

#[tokio::test]
async fn line_12_the_default_retry_is_3_seconds_spread_evenly() {
    let app = app(scripted::<u32>(|cx| {
        let one = stream::iter([1]);
        Box::pin(async move { cx.send.event_stream_async("n", one).await })
    }));
    let mut all = HashSet::new();
    for _ in 0..200 {
        let (body, waits) = masked(&ask(&app).await.rest().await);
        assert_eq!(body, "event: n\nretry: -\ndata: 1\n\n");
        assert!((2400..=3600).contains(&waits[0]), "{waits:?}");
        all.insert(waits[0]);
    }
    assert!(all.len() > 50, "{}", all.len());
    let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
    assert!(*least < 2600 && *most > 3400, "{least} {most}");
}

#[tokio::test]
async fn line_12_only_the_first_event_with_data_has_a_retry() {
    let app = app(scripted(|cx| {
        let items = [
            StreamItem::comment("a"),
            StreamItem::comment("b"),
            StreamItem::text("c"),
            StreamItem::text("d"),
        ];
        Box::pin(async move {
            let items = cx.send.stream_items_async(stream::iter(items));
            items.retry(2 * SECOND).await
        })
    }));
    let expected = ": a\n: b\nretry: 2000\ndata: c\n\ndata: d\n\n";
    assert_eq!(ask(&app).await.rest().await, expected);
}

#[tokio::test(start_paused = true)]
async fn until_ends_the_stream_before_events_that_are_ready_by_then() {
    let app = app(scripted(|cx| {
        let ticks = stream! {
            for number in 0.. {
                yield number;
                sleep(SECOND).await;
            }
        };
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", ticks).retry(SECOND);
            events.until(sleep(2 * SECOND)).done().await
        })
    }));
    let mut memory = ask(&app).await;
    let expected = "event: n\nretry: 1000\ndata: 0\n\nevent: n\ndata: 1\n\n\
                    event: done\ndata: {}\n\n";
    assert_eq!(memory.rest().await, expected);
}

#[tokio::test(start_paused = true)]
async fn the_maximum_age_ends_a_busy_stream() {
    let app = app(scripted(|cx| {
        let ticks = stream! {
            loop {
                yield 1;
                sleep(SECOND).await;
            }
        };
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", ticks).retry(2 * SECOND);
            events.max_age(Duration::from_millis(4500)).done().await
        })
    }));
    let start = Instant::now();
    let (body, waits) = masked(&ask(&app).await.rest().await);
    assert_eq!(start.elapsed().as_millis() / 10, 450);
    let expected = format!(
        "event: n\nretry: -\ndata: 1\n\n{}event: reconnect\nretry: -\ndata: {{}}\n\n",
        "event: n\ndata: 1\n\n".repeat(4)
    );
    assert_eq!(body, expected);
    assert!((1600..=2400).contains(&waits[1]), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn the_maximum_age_ends_a_stream_that_is_always_ready() {
    let app = app(scripted(|cx| {
        let endless = stream::repeat(1);
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", endless);
            events.max_age(SECOND).await
        })
    }));
    let mut memory = ask(&app).await;
    sleep(2 * SECOND).await;
    let mut frames = 0;
    while let Some(frame) = memory.frame().await {
        assert!(frames < 10, "the stream has long exceeded its maximum age");
        frames += 1;
        if frame.contains("event: reconnect\n") {
            break;
        }
    }
    assert_eq!(memory.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn reconnect_is_sent_once_however_long_the_handler_continues() {
    let app = app(scripted::<u32>(|cx| {
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", stream::pending::<u32>());
            let sent = events.max_age(SECOND).keep_alive(1000 * SECOND).await;
            sleep(Duration::from_hours(1)).await;
            sent
        })
    }));
    let start = Instant::now();
    let (body, _) = masked(&ask(&app).await.rest().await);
    assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
    // The drain window limits the time of the handler after its stream.
    assert_eq!(start.elapsed().as_secs(), 1 + 18);
}

#[tokio::test]
async fn done_comes_after_the_last_event() {
    let app = app(scripted::<u32>(|cx| {
        let all = stream::iter([1, 2]).chain(stream::once(async {
            tokio::task::yield_now().await;
            3
        }));
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", all);
            events.retry(SECOND).done().await
        })
    }));
    let expected = "event: n\nretry: 1000\ndata: 1\n\nevent: n\ndata: 2\n\n\
                    event: n\ndata: 3\n\nevent: done\ndata: {}\n\n";
    assert_eq!(ask(&app).await.rest().await, expected);
}
