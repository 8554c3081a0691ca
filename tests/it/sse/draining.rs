//! Streams of a host that stops: which handlers may finish, which are cut, and when.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use hyperpoint::prelude::*;
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::Probe;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{scripted, within};

const SECOND: Duration = Duration::from_secs(1);
const RECONNECT: &str = "event: n\nretry: -\ndata: 0\n\nevent: reconnect\nretry: -\ndata: {}\n\n";

/// Asks its host to stop, then continues for this many seconds.
fn working(probe: &Arc<Probe>, seconds: u32) -> Host {
    let probe = Arc::clone(probe);
    scripted::<u32>(move |cx| {
        let probe = Arc::clone(&probe);
        Box::pin(async move {
            let open = cx.send.open_event_stream_async();
            let mut events = open.keep_alive(100 * SECOND).await?;
            let _guard = probe.guard();
            events.send("n", &0).await?;
            cx.stopping.request();
            sleep(SECOND * seconds).await;
            events.send("n", &seconds).await?;
            probe.pass();
            events.close().await
        })
    })
}

#[tokio::test(start_paused = true)]
async fn an_imperative_handler_may_finish_within_the_window() {
    let probe = Probe::new();
    let start = Instant::now();
    let mut memory = Memory::get(working(&probe, 17), "/s").await;
    let (body, _) = masked(&memory.rest().await);
    assert_eq!(body, "event: n\nretry: -\ndata: 0\n\nevent: n\ndata: 17\n\n");
    assert_eq!((start.elapsed().as_secs(), probe.passed()), (17, 1));
}

#[tokio::test(start_paused = true)]
async fn an_imperative_handler_is_cut_before_the_window_is_over() {
    let probe = Probe::new();
    let start = Instant::now();
    let mut memory = Memory::get(working(&probe, 25), "/s").await;
    let (body, waits) = masked(&memory.rest().await);
    assert_eq!(body, RECONNECT);
    assert!((1900..=4400).contains(&waits[1]), "{waits:?}");
    assert_eq!(start.elapsed().as_secs(), 18);
    assert_eq!((probe.dropped(), probe.passed()), (1, 0));
}

#[tokio::test]
async fn line_24_the_stream_of_a_handler_that_is_cut_still_ends_with_its_last_chunk() {
    let probe = Probe::new();
    let host = working(&probe, 1000).options(|options| options.drain_window = SECOND);
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let (body, _) = masked(&raw.chunked_body().await);
    assert_eq!(body, RECONNECT);
    assert_eq!((probe.dropped(), probe.passed()), (1, 0));
    within(host.stop()).await;
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_drain_window_waits_for_the_handler() {
    let probe = Probe::new();
    let host = working(&probe, 3600).options(|options| options.drain_window = Duration::MAX);
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert!(body.ends_with("event: n\ndata: 3600\n\n"), "{body:?}");
    assert_eq!(probe.passed(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_reconnect_is_sent_after_done() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let one = stream::iter([0]);
            let events = cx.send.event_stream_async("n", one);
            let sent = events.keep_alive(100 * SECOND).done().await;
            cx.stopping.request();
            sleep(Duration::from_hours(1)).await;
            sent
        })
    });
    let start = Instant::now();
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, "event: n\nretry: -\ndata: 0\n\nevent: done\ndata: {}\n\n");
    assert_eq!(start.elapsed().as_secs(), 18);
}

#[tokio::test(start_paused = true)]
async fn an_application_under_another_server_is_stopped_through_its_own_method() {
    let host = scripted::<u32>(|cx| {
        // The stream is asked to end within 16 s, and needs no keep-alive before that.
        let events = cx.send.event_stream_async("n", stream::pending::<u32>());
        Box::pin(events.keep_alive(100 * SECOND))
    });
    let app = host.build().unwrap();
    let request = http::Request::get("/s").body(String::new()).unwrap();
    let mut memory = Memory::ask(&app, request).await;
    app.stopping().request();
    let (body, _) = masked(&memory.rest().await);
    assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
}
