//! Silent HTTP/2 peers.

use std::time::{Duration, Instant};

use hyperpoint::prelude::*;
use hyperpoint::{Running, ServerOptions};

use crate::http::endpoint;
use crate::wire::frames::{
    END_STREAM, Frames, GOAWAY, HEADERS, PING, SETTINGS, WINDOW_UPDATE, frame, get, get_block,
};
use crate::wire::within;

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

async fn host(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let host = Host::empty().endpoint::<Idle>().bind("127.0.0.1:0");
    host.options(change).start().await.unwrap()
}

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_disconnected() {
    let host = host(|options| {
        options.http2_ping = SHORT;
        options.http2_ping_answer = SHORT;
    });
    let host = host.await;
    let start = Instant::now();
    let mut frames = Frames::connect(host.address(), &[]).await;
    frames.write(get(1, "/idle")).await;
    frames.read_until(HEADERS).await;
    loop {
        if frames.read().await.kind == PING {
            break;
        }
    }
    frames.into_raw().until_close().await;
    assert!(start.elapsed() >= 2 * SHORT, "{:?}", start.elapsed());
}

#[tokio::test]
async fn pings_do_not_keep_an_idle_connection_open() {
    let host = host(|options| {
        options.http2_ping = SHORT / 4;
        options.keep_alive_idle = 3 * SHORT;
    });
    let host = host.await;
    let start = Instant::now();
    let mut frames = Frames::connect(host.address(), &[]).await;
    // Answers pings on the way, and receives a GOAWAY (RFC 9113 §6.8).
    assert_eq!(frames.read_until(GOAWAY).await.code(), 0);
    assert!(start.elapsed() >= 3 * SHORT, "{:?}", start.elapsed());
    frames.into_raw().until_close().await;
}

const PRIORITY: u8 = 2;
const CONTINUATION: u8 = 9;

/// Frames that open no stream, limited to those with small responses.
fn frames_without_a_request() -> [(&'static str, Vec<u8>); 5] {
    let ping = frame(PING, 0, 0, b"12345678").repeat(20);
    let update = frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()).repeat(20);
    let priority = frame(PRIORITY, 0, 7, &[0, 0, 0, 0, 1]).repeat(20);
    let unknown = frame(0xbe, 0, 0, b"12345678").repeat(20);
    [
        ("PING", ping),
        ("SETTINGS", frame(SETTINGS, 0, 0, &[]).repeat(20)),
        ("WINDOW_UPDATE", update),
        ("PRIORITY", priority),
        ("unknown", unknown),
    ]
}

/// Sends these bytes repeatedly until the host has closed the connection, and returns how long that
/// took.
async fn until_closed(frames: Frames, bytes: &[u8]) -> Duration {
    let (mut raw, start) = (frames.into_raw(), Instant::now());
    let closed = async {
        while raw.try_write(bytes).await.is_ok() && !raw.closes_within(SHORT / 4).await {}
    };
    within(closed).await;
    start.elapsed()
}

#[tokio::test]
async fn frames_that_open_no_stream_do_not_keep_an_idle_connection_open() {
    let host = host(|options| options.keep_alive_idle = 3 * SHORT).await;
    for (name, bytes) in frames_without_a_request() {
        // One connection without a request, and one with a finished request.
        for asks in [false, true] {
            let mut frames = Frames::connect(host.address(), &[]).await;
            frames.read().await;
            if asks {
                frames.write(get(1, "/none")).await;
                frames.read_until(HEADERS).await;
            }
            let took = until_closed(frames, &bytes).await;
            assert!(took >= 2 * SHORT, "{name}, {asks}: {took:?}");
        }
    }
}

#[tokio::test]
async fn half_a_header_block_does_not_keep_an_idle_connection_open() {
    let host = host(|options| options.keep_alive_idle = 3 * SHORT).await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    frames.write(frame(HEADERS, END_STREAM, 1, &get_block("/idle"))).await;
    until_closed(frames, &frame(CONTINUATION, 0, 1, &[])).await;
}
