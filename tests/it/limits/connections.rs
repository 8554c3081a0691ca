//! Limits on the number of connections.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Running, ServerOptions};

use crate::http::{answer, endpoint};
use crate::wire::frames::{Frames, GOAWAY, HEADERS, PREFACE, get};
use crate::wire::raw::Raw;
use crate::wire::within;

endpoint! {
    Root: () => ();
    |config| {
        config.get("/");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

async fn host(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let host = Host::empty().endpoint::<Root>().endpoint::<Idle>().bind("127.0.0.1:0");
    host.options(change).start().await.unwrap()
}

/// Opens a connection that has had a response and is kept alive.
async fn kept_alive(host: &Running) -> Raw {
    let mut raw = Raw::get(host.address(), "/").await;
    assert!(answer(&mut raw).await.starts_with("HTTP/1.1 204 "));
    raw
}

async fn stream(host: &Running) -> Raw {
    let mut raw = Raw::get(host.address(), "/idle").await;
    assert_eq!(raw.head().await.status(), 200);
    raw
}

#[tokio::test]
async fn at_the_limit_the_longest_idle_connection_is_closed_first() {
    let host = host(|options| {
        options.connections = Some(3);
        options.drain_window = Duration::from_millis(100);
    });
    let host = host.await;
    let (mut open, first) = (stream(&host).await, kept_alive(&host).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut second = kept_alive(&host).await;
    let _third = kept_alive(&host).await;
    assert_eq!(first.until_close().await, b"");
    second.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 204 "));
    let stop = tokio::spawn(host.stop());
    assert!(open.chunked_body().await.starts_with("event: reconnect\n"));
    within(stop).await.unwrap();
}

#[tokio::test]
async fn an_idle_http_2_connection_gets_a_goaway_before_it_is_closed() {
    let host = host(|options| options.connections = Some(1)).await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    frames.read().await;
    let _next = kept_alive(&host).await;
    assert_eq!(frames.read_until(GOAWAY).await.code(), 0);
    frames.into_raw().until_close().await;
}

#[tokio::test]
async fn if_no_connection_is_idle_a_new_one_waits() {
    let host = host(|options| options.connections = Some(1)).await;
    let open = stream(&host).await;
    let mut waits = Raw::get(host.address(), "/").await;
    let early = tokio::time::timeout(Duration::from_millis(250), waits.head()).await;
    assert!(early.is_err(), "{early:?}");
    open.reset();
    assert!(answer(&mut waits).await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn the_number_of_connections_per_address_is_limited() {
    let host = host(|options| options.connections_per_address = Some(2)).await;
    let (first, _second) = (stream(&host).await, kept_alive(&host).await);
    let third = Raw::connect(host.address()).await;
    assert_eq!(third.until_close().await, b"");
    first.reset();
    // The connection counts until the host has noticed the disconnect.
    let taken = async { while Raw::get(host.address(), "/").await.try_head().await.is_none() {} };
    within(taken).await;
}

/// Sends one more request on a kept-alive connection.
async fn still_serves(raw: &mut Raw) {
    raw.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer(raw).await.starts_with("HTTP/1.1 204 "));
}

/// Beginnings of connections on which no complete request arrives.
const BEGINNINGS: [&[u8]; 5] = [b"", b"GET / HT", PREFACE.split_at(9).0, PREFACE, HALF_A_HEAD];
const HALF_A_HEAD: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n";

#[tokio::test]
async fn at_the_limit_connections_without_a_request_are_closed_before_kept_alive_ones() {
    for begin in BEGINNINGS {
        let host = host(|options| {
            options.connections = Some(20);
            options.request_head = Duration::from_mins(1);
            options.keep_alive_idle = Duration::from_mins(1);
        });
        let host = host.await;
        let mut good = Vec::new();
        for _ in 0..5 {
            good.push(kept_alive(&host).await);
        }
        // More connections than the limit: the rest waits until the host accepts them.
        let mut silent = Vec::new();
        for _ in 0..30 {
            silent.push(Raw::open(host.address(), begin).await);
        }
        let mut newcomer = within(kept_alive(&host)).await;
        for raw in &mut good {
            within(still_serves(raw)).await;
        }
        still_serves(&mut newcomer).await;
    }
}

#[tokio::test]
async fn the_oldest_silent_connection_is_closed_first() {
    let host = host(|options| options.connections = Some(3)).await;
    let _open = stream(&host).await;
    let first = Raw::connect(host.address()).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut second = Raw::connect(host.address()).await;
    let _next = kept_alive(&host).await;
    assert_eq!(first.until_close().await, b"");
    still_serves(&mut second).await;
}

#[tokio::test]
async fn a_new_connection_has_time_to_send_a_request_before_it_is_closed() {
    let host = host(|options| options.connections = Some(8)).await;
    let mut idle = Vec::new();
    for _ in 0..7 {
        idle.push(kept_alive(&host).await);
    }
    // One that connects ahead of its request, and one beyond the limit.
    let mut early = Raw::connect(host.address()).await;
    let _next = kept_alive(&host).await;
    still_serves(&mut early).await;
    assert_eq!(idle.remove(0).until_close().await, b"");
}

#[tokio::test]
async fn a_connection_with_an_unfinished_request_is_closed_before_an_idle_one() {
    let host = host(|options| {
        options.connections = Some(2);
        options.request_head = Duration::from_mins(1);
    });
    let host = host.await;
    let mut idle = kept_alive(&host).await;
    let mut begun = kept_alive(&host).await;
    begun.write("GET / HT").await;
    // After the host has noticed that the rest of the request does not arrive.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let _next = kept_alive(&host).await;
    assert_eq!(begun.until_close().await, b"");
    still_serves(&mut idle).await;
}

#[tokio::test]
async fn an_http_2_connection_that_has_had_a_request_is_not_silent() {
    let host = host(|options| options.connections = Some(2)).await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    frames.write(get(1, "/")).await;
    frames.read_until(HEADERS).await;
    let silent = Raw::connect(host.address()).await;
    let _next = kept_alive(&host).await;
    assert_eq!(silent.until_close().await, b"");
    frames.write(get(3, "/")).await;
    assert_eq!(frames.read_until(HEADERS).await.stream, 3);
}
