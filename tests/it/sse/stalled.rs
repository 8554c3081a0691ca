//! Clients that do not read.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, Decoded};
use socket2::SockRef;

use crate::wire::Probe;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Endless events of 1 KiB, with a short write timeout for clients that do not read.
fn endless(probe: &Arc<Probe>) -> Host {
    let probe = Arc::clone(probe);
    let text = "x".repeat(1016);
    let host = scripted(move |cx| {
        let (probe, text) = (Arc::clone(&probe), text.clone());
        let guard = probe.guard();
        let items = stream::repeat(text).map(move |text| {
            let _ = &guard;
            probe.poll();
            StreamItem::text(text)
        });
        Box::pin(async move { cx.send.stream_items_async(items).await })
    });
    host.options(|options| options.write_stall = Duration::from_millis(200))
}

#[tokio::test]
async fn a_client_that_never_reads_stops_the_polling_and_is_dropped() {
    let probe = Probe::new();
    let host = endless(&probe).start().await.unwrap();
    let mut raw = Raw::connect(host.address()).await;
    SockRef::from(raw.socket()).set_recv_buffer_size(16 * 1024).unwrap();
    raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    probe.until_dropped(1).await;
    // The events that fit the kernel's buffers of both sockets, and those that wait in the host.
    assert!(probe.polled() < 2048, "{} KiB were made", probe.polled());
}

#[tokio::test]
async fn an_http_2_client_that_never_reads_its_socket_is_dropped() {
    let probe = Probe::new();
    let host = endless(&probe).start().await.unwrap();
    let mut events = Client::http2(host.address()).events("/s").await.unwrap();
    events.next().await.unwrap();
    let stalled = events.stop_reading();
    probe.until_dropped(1).await;
    drop(stalled);
}

#[tokio::test]
async fn an_http_2_client_that_no_longer_stalls_resets_its_stream_and_continues_the_others() {
    let probe = Probe::new();
    let of_host = Arc::clone(&probe);
    let host = scripted(move |cx| {
        let guard = of_host.guard();
        let items = stream::iter(["first"]).chain(stream::pending()).map(move |text| {
            let _ = &guard;
            StreamItem::text(text)
        });
        Box::pin(async move {
            cx.send.stream_items_async(items).keep_alive(Duration::from_secs(1)).await
        })
    });
    let host = host.start().await.unwrap();
    let client = Client::http2(host.address());
    let mut events = client.events("/s").await.unwrap();
    let mut others = client.events("/s").await.unwrap();
    events.next().await.unwrap();
    others.next().await.unwrap();
    let stalled = events.stop_reading();
    // The task of the connection pauses.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(stalled);
    probe.until_dropped(1).await;
    assert_eq!(others.next_decoded().await.unwrap(), Decoded::Comment(String::new()));
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_not_dropped() {
    let probe = Probe::new();
    let host = endless(&probe).start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    for _ in 0..20 {
        for _ in 0..20 {
            raw.chunk().await.unwrap();
        }
        // Much shorter than the write timeout; the pauses add up to more.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(probe.dropped(), 0);
}

#[tokio::test]
async fn unlimited_timeouts_end_no_connection() {
    let host = endless(&Probe::new()).options(|options| {
        options.request_head = Duration::MAX;
        options.request_body = Duration::MAX;
        options.keep_alive_idle = Duration::MAX;
        options.write_stall = Duration::MAX;
        options.drain_window = Duration::MAX;
    });
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/none").await;
    let head = raw.head().await;
    let length = head.header("content-length")[0].parse().unwrap();
    raw.bytes(length).await;
    raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.status(), 200);
    for _ in 0..100 {
        raw.chunk().await.unwrap();
    }
}
