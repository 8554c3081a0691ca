//! A peer of HTTP/2 that is silent.

use std::time::{Duration, Instant};

use hyperpoint::prelude::*;
use hyperpoint::{Running, ServerOptions};

use crate::http::endpoint;
use crate::wire::frames::{Frames, GOAWAY, HEADERS, PING, get};

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

async fn host(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let host = Host::empty().endpoint::<Idle>().bind("127.0.0.1:0");
    host.options(change).start().await.unwrap()
}

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_gone() {
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
async fn pings_do_not_keep_an_idle_connection() {
    let host = host(|options| {
        options.http2_ping = SHORT / 4;
        options.keep_alive_idle = 3 * SHORT;
    });
    let host = host.await;
    let start = Instant::now();
    let mut frames = Frames::connect(host.address(), &[]).await;
    // Answers pings on the way, and is told that the connection goes (RFC 9113 §6.8).
    assert_eq!(frames.read_until(GOAWAY).await.code(), 0);
    assert!(start.elapsed() >= 3 * SHORT, "{:?}", start.elapsed());
    frames.into_raw().until_close().await;
}
