//! Keep-alives of an idle stream: contract line 13.

use std::time::Duration;

use futures_util::stream;
use hyperpoint::prelude::*;
use tokio::time::{Instant, sleep};

use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::scripted;

fn silent(keep_alive: Duration) -> Host {
    scripted(move |cx| {
        let silent = stream::pending::<StreamItem>();
        Box::pin(async move {
            let events = cx.send.stream_items_async(silent);
            events.keep_alive(keep_alive).await
        })
    })
}

#[tokio::test]
async fn line_13_a_keep_alive_is_a_colon_and_one_lf_in_a_separate_write() {
    let host = silent(Duration::from_millis(20)).start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    assert_eq!(raw.bytes(14).await, b"2\r\n:\n\r\n2\r\n:\n\r\n");
    let mut http2 = Http2::connect(host.address()).await;
    let mut answer = http2.get("/s").await;
    assert_eq!(answer.try_data().await.unwrap().unwrap(), ":\n");
    assert_eq!(answer.try_data().await.unwrap().unwrap(), ":\n");
}

#[tokio::test(start_paused = true)]
async fn line_13_a_keep_alive_comes_after_each_interval_without_a_write() {
    let mut memory = Memory::get(silent(Duration::from_secs(10)), "/s").await;
    let start = Instant::now();
    for seconds in [10, 20, 30] {
        assert_eq!(memory.frame().await.as_deref(), Some(":\n"));
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn line_13_an_event_postpones_the_next_keep_alive() {
    let host = scripted(|cx| {
        let events = stream! {
            for number in 0..3 {
                sleep(Duration::from_secs(7)).await;
                yield number;
            }
            std::future::pending::<()>().await;
        };
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", events);
            let events = events.retry(Duration::from_secs(1));
            events.keep_alive(Duration::from_secs(10)).await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    let start = Instant::now();
    let expected = [
        (7, "event: n\nretry: 1000\ndata: 0\n\n"),
        (14, "event: n\ndata: 1\n\n"),
        (21, "event: n\ndata: 2\n\n"),
        (31, ":\n"),
        (41, ":\n"),
    ];
    for (seconds, frame) in expected {
        assert_eq!(memory.frame().await.as_deref(), Some(frame));
        assert_eq!(start.elapsed().as_secs(), seconds, "{frame:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn line_13_the_default_interval_is_15_seconds_spread_downwards() {
    let host = scripted::<StreamItem>(|cx| {
        Box::pin(async move { cx.send.stream_items_async(stream::pending::<StreamItem>()).await })
    });
    let app = host.build().unwrap();
    let mut all = std::collections::HashSet::new();
    for _ in 0..50 {
        let request = http::Request::get("/s").body(String::new()).unwrap();
        let mut memory = Memory::ask(&app, request).await;
        let start = Instant::now();
        assert_eq!(memory.frame().await.as_deref(), Some(":\n"));
        let interval = start.elapsed();
        let bounds = Duration::from_secs(12)..=Duration::from_millis(15_002);
        assert!(bounds.contains(&interval), "{interval:?}");
        all.insert(interval.as_millis());
    }
    assert!(all.len() > 10, "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_interval_disables_keep_alives() {
    let mut memory = Memory::get(silent(Duration::MAX), "/s").await;
    let day = Duration::from_hours(24);
    let frame = tokio::time::timeout(day, memory.frame()).await;
    assert!(frame.is_err(), "{frame:?}");
}
