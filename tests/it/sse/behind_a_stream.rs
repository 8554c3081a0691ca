//! What a client sends during an event stream, and how the connection goes on after it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hyperpoint::Prometheus;
use hyperpoint::prelude::*;
use hyperpoint_testing::Client;
use rustix::process::{Resource, getrlimit, setrlimit};
use socket2::SockRef;
use tokio::sync::watch;

use super::masked::masked;
use crate::wire::raw::Raw;
use crate::wire::{Probe, eventually, scripted, within};

const STREAM: &str = "GET /s HTTP/1.1\r\nhost: a\r\n\r\n";
const LAST: &str = "GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// Streams of one event, and of a second one once they are let go.
fn waiting(is_let_go: &watch::Sender<bool>) -> Host {
    let let_go = is_let_go.subscribe();
    scripted::<u32>(move |cx| {
        let mut let_go = let_go.clone();
        let events = stream! {
            yield 1;
            let _ = let_go.wait_for(|is| *is).await;
            yield 2;
        };
        Box::pin(async move { cx.send.event_stream_async("n", events).await })
    })
}

/// Reads one stream of two events to its last chunk.
async fn read_stream(raw: &mut Raw) {
    assert_eq!(raw.head().await.status(), 200);
    let body = raw.chunked_body().await;
    assert!(body.ends_with("data: 1\n\nevent: n\ndata: 2\n\n"), "{body:?}");
}

/// Reads the answer of a request for a path without an endpoint.
async fn read_not_found(raw: &mut Raw) {
    let head = raw.head().await;
    assert_eq!(head.status(), 404);
    let length = head.header("content-length")[0].parse().unwrap();
    raw.bytes(length).await;
}

#[tokio::test]
async fn streams_and_plain_requests_of_one_write_are_answered_in_order() {
    let let_go = watch::Sender::new(true);
    let host = waiting(&let_go).start().await.unwrap();
    let plain = LAST.replace("connection: close", "x: y");
    let round = format!("{STREAM}{plain}{STREAM}{STREAM}{plain}{plain}");
    // More plain requests than hyper serves in one poll come first.
    let all = plain.repeat(40) + &round.repeat(20);
    let mut raw = Raw::open(host.address(), all).await;
    for _ in 0..40 {
        read_not_found(&mut raw).await;
    }
    for _ in 0..20 {
        read_stream(&mut raw).await;
        read_not_found(&mut raw).await;
        read_stream(&mut raw).await;
        read_stream(&mut raw).await;
        read_not_found(&mut raw).await;
        read_not_found(&mut raw).await;
    }
}

#[tokio::test]
async fn hundreds_of_requests_that_are_sent_during_a_stream_are_answered_after_it() {
    let let_go = watch::Sender::new(false);
    let host = waiting(&let_go).start().await.unwrap();
    let mut raw = Raw::open(host.address(), STREAM).await;
    // Much more than is kept: the rest waits in the socket.
    raw.write(LAST.replace("connection: close", "x: y").repeat(600)).await;
    raw.write(LAST).await;
    let_go.send_replace(true);
    read_stream(&mut raw).await;
    for _ in 0..601 {
        read_not_found(&mut raw).await;
    }
    assert!(raw.until_close().await.is_empty());
}

#[tokio::test]
async fn requests_behind_two_streams_of_one_write_are_all_answered() {
    let host = waiting(&watch::Sender::new(true)).start().await.unwrap();
    let plain = LAST.replace("connection: close", "x: y");
    // More than hyper reads at once stands before the streams, and more than is kept behind them.
    let (before, behind) = (8 * 1024 / plain.len() + 4, 13 * 1024 / plain.len());
    let all = [&*plain.repeat(before), STREAM, STREAM, &plain.repeat(behind), LAST].concat();
    let mut raw = Raw::open(host.address(), all).await;
    for _ in 0..before {
        read_not_found(&mut raw).await;
    }
    for _ in 0..2 {
        read_stream(&mut raw).await;
    }
    for _ in 0..=behind {
        read_not_found(&mut raw).await;
    }
    assert!(raw.until_close().await.is_empty());
}

#[tokio::test]
async fn a_head_that_is_cut_anywhere_during_a_stream_is_completed_after_it() {
    for cut in [1, 4, 10, 17, LAST.len() - 3, LAST.len() - 1] {
        let let_go = watch::Sender::new(false);
        let host = waiting(&let_go).start().await.unwrap();
        let (before, after) = LAST.split_at(cut);
        let mut raw = Raw::open(host.address(), STREAM).await;
        raw.head().await;
        raw.chunk().await.unwrap();
        raw.write(before).await;
        let_go.send_replace(true);
        assert!(raw.chunked_body().await.ends_with("data: 2\n\n"));
        raw.write(after).await;
        read_not_found(&mut raw).await;
        assert!(raw.until_close().await.is_empty());
    }
}

#[tokio::test]
async fn garbage_that_is_sent_during_a_stream_is_refused_after_it() {
    let let_go = watch::Sender::new(false);
    let host = waiting(&let_go).start().await.unwrap();
    let mut raw = Raw::open(host.address(), format!("{STREAM}\0\u{1}garbage\r\n\r\n")).await;
    let_go.send_replace(true);
    read_stream(&mut raw).await;
    assert_eq!(raw.head().await.status(), 400);
}

#[tokio::test]
async fn half_a_head_that_was_sent_during_a_stream_has_the_deadline_of_a_head() {
    let let_go = watch::Sender::new(false);
    let prometheus = Prometheus::new();
    let host = waiting(&let_go).prometheus(&prometheus);
    let host = host.options(|options| options.request_head = Duration::from_millis(100));
    let host = host.start().await.unwrap();
    let mut raw = Raw::open(host.address(), format!("{STREAM}GET /no")).await;
    let_go.send_replace(true);
    read_stream(&mut raw).await;
    assert!(raw.until_close().await.is_empty());
    eventually(|| prometheus.render().contains("closed_total{reason=\"request_head\"} 1")).await;
}

#[tokio::test]
async fn line_28_a_disconnect_behind_pipelined_bytes_ends_the_stream_at_once() {
    for is_reset in [false, true] {
        let probe = Probe::new();
        let of_host = Arc::clone(&probe);
        let host = scripted::<u32>(move |cx| {
            let guard = of_host.guard();
            let idle = futures_util::stream::iter([1]).chain(futures_util::stream::pending());
            let idle = idle.map(move |event| {
                let _ = &guard;
                event
            });
            Box::pin(async move { cx.send.event_stream_async("n", idle).await })
        });
        let host = host.start().await.unwrap();
        let mut raw = Raw::open(host.address(), format!("{STREAM}{LAST}")).await;
        raw.head().await;
        raw.chunk().await.unwrap();
        if is_reset {
            raw.reset();
        } else {
            drop(raw);
        }
        let second = Duration::from_secs(1);
        tokio::time::timeout(second, probe.until_dropped(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_counted_as_stalled() {
    let prometheus = Prometheus::new();
    let host = scripted::<StreamItem>(|cx| {
        let endless = futures_util::stream::repeat(StreamItem::text("x".repeat(4000)));
        Box::pin(async move { cx.send.stream_items_async(endless).await })
    });
    let host = host.prometheus(&prometheus);
    let host = host.options(|options| options.write_stall = Duration::from_millis(200));
    let host = host.start().await.unwrap();
    let mut raw = Raw::connect(host.address()).await;
    SockRef::from(raw.socket()).set_recv_buffer_size(16 * 1024).unwrap();
    raw.write(STREAM).await;
    eventually(|| prometheus.render().contains("closed_total{reason=\"write_stall\"} 1")).await;
    let ended = "streams_ended_total{http_route=\"/s\",reason=\"client_left\"} 1";
    assert!(prometheus.render().contains(ended), "{}", prometheus.render());
}

#[tokio::test]
async fn a_kept_alive_connection_is_idle_after_its_stream() {
    let prometheus = Prometheus::new();
    let host = waiting(&watch::Sender::new(true)).prometheus(&prometheus);
    let host = host.options(|options| options.keep_alive_idle = Duration::from_millis(100));
    let host = host.start().await.unwrap();
    let mut raw = Raw::open(host.address(), STREAM).await;
    read_stream(&mut raw).await;
    assert!(raw.until_close().await.is_empty());
    eventually(|| prometheus.render().contains("closed_total{reason=\"closed\"} 1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_a_thousand_streams_with_their_last_chunks() {
    // Each stream has a descriptor at both ends, and many shells allow 1,024.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let let_go = watch::Sender::new(false);
    let host = waiting(&let_go);
    let host = host.options(|options| options.drain_window = Duration::from_secs(3));
    let host = host.start().await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..1000 {
        let mut raw = Raw::open(host.address(), STREAM).await;
        raw.head().await;
        raw.chunk().await.unwrap();
        streams.push(raw);
    }
    let read = futures_util::future::join_all(streams.into_iter().map(Raw::closed_body));
    let (read, ()) = within(async { tokio::join!(read, host.stop()) }).await;
    for (body, has_last_chunk) in read {
        assert_eq!(masked(&body).0, "event: reconnect\nretry: -\ndata: {}\n\n");
        assert!(has_last_chunk);
    }
}

#[tokio::test]
async fn a_client_that_reconnects_on_the_same_connection_gets_stream_after_stream() {
    let host = waiting(&watch::Sender::new(true)).start().await.unwrap();
    let mut raw = Raw::connect(host.address()).await;
    for _ in 0..50 {
        raw.write(STREAM).await;
        read_stream(&mut raw).await;
    }
    let mut events = Client::http1(host.address()).events("/s").await.unwrap();
    assert_eq!(events.next().await.unwrap().data, "1");
}
