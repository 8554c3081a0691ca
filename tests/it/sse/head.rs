//! The head of a stream: contract lines 1, 17, 18, 20.

use futures_util::stream;
use http::Method;
use hyperpoint::Host;
use serde_json::{Value, json};

use crate::wire::Probe;
use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::scripted;

const HTTP_1_1: &str = "HTTP/1.1 200 OK\r\n\
    content-type: text/event-stream\r\n\
    cache-control: no-cache, no-transform\r\n\
    x-accel-buffering: no\r\n\
    transfer-encoding: chunked\r\n\
    date: -\r\n\r\n";

/// A stream that never sends anything.
fn silent() -> Host {
    scripted(|cx| {
        let silent = stream::pending::<Value>();
        Box::pin(async move { cx.send.event_stream_async("a", silent).await })
    })
}

/// A stream that ends at once.
fn empty() -> Host {
    scripted(|cx| {
        let empty = stream::empty::<Value>();
        Box::pin(async move { cx.send.event_stream_async("a", empty).await })
    })
}

#[tokio::test]
async fn line_17_the_head_is_sent_before_the_first_event() {
    let host = silent().start().await.unwrap();
    let mut http1 = Raw::get(host.address(), "/s").await;
    assert_eq!(http1.head().await.text(), HTTP_1_1);
    let mut http2 = Http2::connect(host.address()).await;
    let answer = http2.get("/s").await;
    assert_eq!(answer.head.status, 200);
    assert!(!answer.is_over());
    let memory = Memory::get(silent(), "/s").await;
    assert_eq!(memory.head.status, 200);
}

#[tokio::test]
async fn line_01_content_type_is_text_event_stream_and_nothing_after_it() {
    let host = silent().start().await.unwrap();
    let mut http1 = Raw::get(host.address(), "/s").await;
    let head = http1.head().await;
    assert_eq!(head.header("content-type"), ["text/event-stream"]);
    assert!(head.text().contains("\r\ncontent-type: text/event-stream\r\n"));
    let mut http2 = Http2::connect(host.address()).await;
    let head = http2.get("/s").await.head;
    let values: Vec<_> = head.headers.get_all("content-type").iter().collect();
    assert_eq!(values, ["text/event-stream"]);
}

#[tokio::test]
async fn line_01_and_18_a_handler_cannot_change_the_mandatory_headers_of_a_stream() {
    let host = scripted::<Value>(|cx| {
        Box::pin(async move {
            let upper = http::HeaderValue::from_static("TEXT/EVENT-STREAM");
            let long = http::HeaderValue::from_static("max-age=60");
            let own = http::HeaderValue::from_static("own");
            let send = cx.send.header(http::header::CONTENT_TYPE, upper);
            let send = send.header(http::header::CACHE_CONTROL, long);
            let send = send.header(http::HeaderName::from_static("x-own"), own);
            send.event_stream_async("a", stream::pending::<Value>()).await
        })
    });
    let memory = Memory::get(host, "/s").await;
    let mut names: Vec<_> = memory.head.headers.iter().collect();
    names.sort_by_key(|(name, _)| name.as_str().to_owned());
    let names: Vec<_> =
        names.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("cache-control", "no-cache, no-transform"),
        ("content-type", "text/event-stream"),
        ("x-accel-buffering", "no"),
        ("x-own", "own"),
    ];
    assert_eq!(names, expected);
}

/// Compares all headers of the response over HTTP/2.
async fn check_http2(host: Host) {
    let host = host.start().await.unwrap();
    let mut http2 = Http2::connect(host.address()).await;
    let mut head = http2.get("/s").await.head;
    assert!(head.headers.remove("date").is_some());
    let mut names: Vec<_> = head.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "content-type", "x-accel-buffering"]);
}

#[tokio::test]
async fn line_18_no_length_no_etag_and_no_connection_header() {
    check_http2(silent()).await;
    let host = silent().start().await.unwrap();
    let mut http1 = Raw::get(host.address(), "/s").await;
    assert_eq!(http1.head().await.text(), HTTP_1_1);
}

#[tokio::test]
async fn line_18_a_stream_that_ends_at_once_has_no_length() {
    check_http2(empty()).await;
    let host = empty().start().await.unwrap();
    let mut http1 = Raw::get(host.address(), "/s").await;
    assert_eq!(http1.head().await.text(), HTTP_1_1);
    assert_eq!(http1.chunk().await, None);
}

/// A stream of one event, with a probe that counts how often it is started.
fn counted(probe: &std::sync::Arc<Probe>, is_imperative: bool) -> Host {
    let probe = probe.clone();
    scripted(move |cx| {
        let probe = probe.clone();
        Box::pin(async move {
            if is_imperative {
                let mut events = cx.send.open_event_stream_async().await?;
                let _guard = probe.guard();
                events.send("a", &1).await?;
                return events.close().await;
            }
            let one = hyperpoint::prelude::stream! {
                let _guard = probe.guard();
                yield json!(1);
            };
            cx.send.event_stream_async("a", one).await
        })
    })
}

async fn check_head_request(is_imperative: bool) {
    let probe = Probe::new();
    let host = counted(&probe, is_imperative).start().await.unwrap();
    let mut raw = Raw::open(host.address(), "HEAD /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let expected = HTTP_1_1.replace("transfer-encoding: chunked\r\n", "");
    assert_eq!(raw.head().await.text(), expected);
    // The connection is available at once, and nothing precedes the next response.
    raw.write("HEAD /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.text(), expected);
    let mut http2 = Http2::connect(host.address()).await;
    let mut answer = http2.ask(Method::HEAD, "/s").await;
    assert_eq!(answer.head.headers["content-type"], "text/event-stream");
    assert_eq!(answer.rest().await, "");
    assert_eq!(probe.started(), 0);
    raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    raw.head().await;
    raw.chunked_body().await;
    assert_eq!(probe.started(), 1);
}

#[tokio::test]
async fn line_20_head_responds_with_the_head_and_starts_no_stream() {
    check_head_request(false).await;
    check_head_request(true).await;
}

#[tokio::test]
async fn line_20_post_may_stream() {
    let probe = Probe::new();
    let host = counted(&probe, false).start().await.unwrap();
    let post = "POST /s HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody";
    let mut raw = Raw::open(host.address(), post).await;
    assert_eq!(raw.head().await.text(), HTTP_1_1);
    assert!(raw.chunked_body().await.ends_with("data: 1\n\n"));
    let mut http2 = Http2::connect(host.address()).await;
    let request = http::Request::post("http://a/s").body(()).unwrap();
    let mut asked = http2.send(request, false).await;
    asked.send("body", true);
    let body = asked.answer().await.rest().await;
    assert!(body.ends_with("data: 1\n\n"), "{body:?}");
}
