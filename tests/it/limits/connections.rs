//! How many connections there may be.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Running, ServerOptions};

use crate::http::{answer, endpoint};
use crate::wire::frames::{Frames, GOAWAY};
use crate::wire::raw::Raw;
use crate::wire::within;

endpoint! {
    Root: () => ();
    |config| {
        config.get("/");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

async fn host(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let host = Host::empty().endpoint::<Root>().endpoint::<Idle>().bind("127.0.0.1:0");
    host.options(change).start().await.unwrap()
}

/// A connection that was answered and is kept alive.
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
async fn at_the_bound_the_longest_idle_connection_goes_first() {
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
async fn an_idle_connection_of_http_2_is_told_that_it_goes() {
    let host = host(|options| options.connections = Some(1)).await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    frames.read().await;
    let _next = kept_alive(&host).await;
    assert_eq!(frames.read_until(GOAWAY).await.code(), 0);
    frames.into_raw().until_close().await;
}

#[tokio::test]
async fn where_none_is_idle_a_new_connection_waits() {
    let host = host(|options| options.connections = Some(1)).await;
    let open = stream(&host).await;
    let mut waits = Raw::get(host.address(), "/").await;
    let early = tokio::time::timeout(Duration::from_millis(250), waits.head()).await;
    assert!(early.is_err(), "{early:?}");
    open.reset();
    assert!(answer(&mut waits).await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn an_address_may_have_so_many_and_no_more() {
    let host = host(|options| options.connections_per_address = Some(2)).await;
    let (first, _second) = (stream(&host).await, kept_alive(&host).await);
    let third = Raw::connect(host.address()).await;
    assert_eq!(third.until_close().await, b"");
    first.reset();
    // It counts until the host has seen it leave.
    let taken = async { while Raw::get(host.address(), "/").await.try_head().await.is_none() {} };
    within(taken).await;
}
