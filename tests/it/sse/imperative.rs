//! The imperative form, for handlers that send events one by one.

use std::sync::Arc;
use std::time::Duration;

use hyperpoint::prelude::*;
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::Probe;
use crate::wire::memory::Memory;
use crate::wire::scripted;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn send_waits_while_the_frame_is_full() {
    let probe = Probe::new();
    let counted = Arc::clone(&probe);
    let host = scripted::<u32>(move |cx| {
        let probe = Arc::clone(&counted);
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            for _ in 0..100 {
                events.item(&StreamItem::text("x".repeat(1016))).await?;
                probe.poll();
            }
            events.close().await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    sleep(Duration::from_hours(1)).await;
    assert_eq!(probe.polled(), 8);
    let mut bytes = memory.frame().await.unwrap().len();
    sleep(Duration::from_hours(1)).await;
    assert_eq!(probe.polled(), 8);
    bytes += memory.frame().await.unwrap().len();
    assert_eq!(probe.polled(), 16);
    bytes += memory.rest().await.len();
    assert_eq!(probe.polled(), 100);
    assert_eq!(bytes, 100 * 1024 + "retry: 3000\n".len());
}

#[tokio::test(start_paused = true)]
async fn events_are_written_as_they_are_sent_and_the_idle_stream_is_kept_alive() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let open = cx.send.open_event_stream_async();
            let open = open.retry(2 * SECOND).keep_alive(5 * SECOND).done();
            let mut events = open.await?;
            events.item(&StreamItem::comment("hello")).await?;
            for number in 1..=2_u32 {
                sleep(4 * SECOND).await;
                events.send("n", &number).await?;
            }
            sleep(6 * SECOND).await;
            events.close().await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    let start = Instant::now();
    let expected = [
        (0, ": hello\n"),
        (4, "event: n\nretry: 2000\ndata: 1\n\n"),
        (8, "event: n\ndata: 2\n\n"),
        (13, ":\n"),
        (14, "event: done\ndata: {}\n\n"),
    ];
    for (seconds, frame) in expected {
        assert_eq!(memory.frame().await.as_deref(), Some(frame));
        assert_eq!(start.elapsed().as_secs(), seconds, "{frame:?}");
    }
    assert_eq!(memory.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_head_is_sent_before_the_first_event() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let events = cx.send.open_event_stream_async().await?;
            sleep(7 * SECOND).await;
            events.close().await
        })
    });
    let start = Instant::now();
    let mut memory = Memory::get(host, "/s").await;
    assert_eq!((memory.head.status.as_u16(), start.elapsed().as_secs()), (200, 0));
    assert_eq!(memory.frame().await, None);
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_drops_the_handler_at_its_current_await() {
    let probe = Probe::new();
    let counted = Arc::clone(&probe);
    let host = scripted::<u32>(move |cx| {
        let probe = Arc::clone(&counted);
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            let _guard = probe.guard();
            events.send("n", &1).await?;
            sleep(SECOND).await;
            probe.pass();
            events.close().await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    assert!(memory.frame().await.is_some());
    drop(memory);
    assert_eq!((probe.started(), probe.dropped()), (1, 1));
    sleep(5 * SECOND).await;
    assert_eq!(probe.passed(), 0);
}

#[tokio::test]
async fn an_event_that_cannot_be_sent_is_an_error_and_writes_nothing() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            let by_tuple = std::collections::HashMap::from([((1, 2), 3)]);
            events.send("n", &by_tuple).await.unwrap_err();
            events.send("a\nb", &1).await.unwrap_err();
            events.send("n", &4).await?;
            events.close().await
        })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, "event: n\nretry: -\ndata: 4\n\n");
}
