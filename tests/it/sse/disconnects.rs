//! Clients that disconnect, also from an idle stream: contract line 28.

use std::sync::Arc;
use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::prelude::*;

use crate::wire::Probe;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// A stream that sends one event and then nothing, and reports when it is dropped.
async fn start(probe: &Arc<Probe>, keep_alive: Duration) -> Running {
    let probe = Arc::clone(probe);
    let host = scripted(move |cx| {
        let probe = Arc::clone(&probe);
        Box::pin(async move {
            let guard = probe.guard();
            let idle = stream! {
                let _guard = guard;
                yield 1;
                std::future::pending::<()>().await;
            };
            let sent = cx.send.event_stream_async("n", idle).keep_alive(keep_alive).await;
            probe.pass();
            sent
        })
    });
    host.start().await.unwrap()
}

/// Sends a request over HTTP/1, reads the first event, disconnects in the given way, and checks
/// that the stream is dropped within a second.
async fn check_http1(request: &str, leave: impl AsyncFnOnce(Raw)) {
    let probe = Probe::new();
    let host = start(&probe, Duration::from_mins(1)).await;
    let mut raw = Raw::open(host.address(), request).await;
    assert_eq!(raw.head().await.status(), 200);
    if request.contains("HTTP/1.1") {
        raw.chunks_until("\n\n").await;
    } else {
        while raw.bytes(1).await != b"1" {}
        raw.bytes(2).await;
    }
    assert_eq!((probe.started(), probe.dropped()), (1, 0));
    leave(raw).await;
    check_dropped(&probe).await;
}

async fn check_dropped(probe: &Probe) {
    let second = Duration::from_secs(1);
    let dropped = tokio::time::timeout(second, probe.until_dropped(1)).await;
    assert!(dropped.is_ok(), "the stream outlived its client by a second");
    assert_eq!(probe.passed(), 0, "code after the await ran");
}

const PLAIN: &str = "GET /s HTTP/1.1\r\nhost: a\r\n\r\n";
const HTTP_1_0: &str = "GET /s HTTP/1.0\r\n\r\n";
const WITH_BODY: &str = "GET /s HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello";
const WITH_CHUNKS: &str =
    "GET /s HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

#[tokio::test]
async fn line_28_a_fin_ends_the_stream_at_once() {
    for request in [PLAIN, HTTP_1_0] {
        check_http1(request, async |raw| drop(raw)).await;
    }
    // A FIN from a client that still reads.
    let probe = Probe::new();
    let host = start(&probe, Duration::from_mins(1)).await;
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    raw.chunks_until("\n\n").await;
    raw.finish().await;
    check_dropped(&probe).await;
}

#[tokio::test]
async fn line_28_a_rst_ends_the_stream_at_once() {
    for request in [PLAIN, HTTP_1_0] {
        check_http1(request, async |raw| raw.reset()).await;
    }
}

#[tokio::test]
async fn line_28_a_body_on_a_get_is_ignored_and_hides_no_disconnect() {
    for request in [WITH_BODY, WITH_CHUNKS] {
        check_http1(request, async |raw| drop(raw)).await;
        check_http1(request, async |raw| raw.reset()).await;
    }
}

#[tokio::test]
async fn line_28_after_pipelined_bytes_the_next_keep_alives_detect_a_disconnect() {
    let probe = Probe::new();
    let host = start(&probe, Duration::from_millis(50)).await;
    let mut raw = Raw::open(host.address(), format!("{PLAIN}GET /more")).await;
    raw.head().await;
    raw.chunks_until("\n\n").await;
    drop(raw);
    check_dropped(&probe).await;
}

#[tokio::test]
async fn line_28_an_http_2_reset_ends_only_its_stream() {
    let probe = Probe::new();
    let host = start(&probe, Duration::from_mins(1)).await;
    let mut http2 = Http2::connect(host.address()).await;
    let mut left = http2.get("/s").await;
    left.until("\n\n").await;
    let mut stays = http2.get("/s").await;
    stays.until("\n\n").await;
    left.reset();
    check_dropped(&probe).await;
    assert_eq!(http2.get("/none").await.head.status, 404);
    assert_eq!((probe.started(), probe.dropped()), (2, 1));
}

#[tokio::test]
async fn line_28_an_http_2_connection_that_closes_ends_all_its_streams() {
    for is_reset in [false, true] {
        let probe = Probe::new();
        let host = start(&probe, Duration::from_mins(1)).await;
        let mut http2 = match is_reset {
            false => Http2::connect(host.address()).await,
            true => Http2::connect_to_reset(host.address()).await,
        };
        let mut answers = Vec::new();
        for _ in 0..3 {
            let mut answer = http2.get("/s").await;
            answer.until("\n\n").await;
            answers.push(answer);
        }
        drop(http2);
        let second = Duration::from_secs(1);
        let dropped = tokio::time::timeout(second, probe.until_dropped(3)).await;
        assert!(dropped.is_ok(), "{} of 3 were dropped", probe.dropped());
        assert_eq!(probe.passed(), 0);
    }
}

#[tokio::test]
async fn line_28_a_body_on_an_http_2_get_is_ignored() {
    let probe = Probe::new();
    let host = start(&probe, Duration::from_mins(1)).await;
    let mut http2 = Http2::connect(host.address()).await;
    let request = http::Request::get("http://a/s").body(()).unwrap();
    let mut asked = http2.send(request, false).await;
    asked.send("hello", true);
    let mut answer = asked.answer().await;
    answer.until("\n\n").await;
    answer.reset();
    check_dropped(&probe).await;
}
