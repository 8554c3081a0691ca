//! HTTP/2 as a client sees it, where it differs from HTTP/1.

use http::{Method, Request};
use hyperpoint::Running;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{endpoint, masked};
use crate::wire::h2::{Answer, Http2};

endpoint! {
    Hello: () => ();
    |config| {
        config.get("/hello");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("hello").await }
}

endpoint! {
    Echo: Vec<u32> => ();
    |config| {
        config.post("/echo");
        config.allow_anonymous();
        config.body_limit_bytes(8);
    }
    |list, cx| { cx.send.string_async(format!("{list:?}")).await }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::iter(1..3)).await }
}

async fn host() -> Running {
    let host = Host::empty().endpoint::<Hello>().endpoint::<Echo>();
    let host = host.endpoint::<Ticks>();
    host.bind("127.0.0.1:0").start().await.unwrap()
}

/// Renders the status, the headers except `date`, and the body.
async fn text(mut answer: Answer) -> String {
    let headers = answer.head.headers.iter().filter(|(name, _)| *name != "date");
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}\n", value.to_str().unwrap())
    };
    let mut lines: Vec<_> = headers.map(line).collect();
    lines.sort();
    let head = format!("{}\n{}", answer.head.status, lines.concat());
    format!("{head}\n{}", masked(&answer.rest().await))
}

#[tokio::test]
async fn a_response_has_its_length() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    assert_snapshot!(text(http2.get("/hello").await).await, @"
    200 OK
    content-length: 5
    content-type: text/plain; charset=utf-8

    hello
    ");
    assert_snapshot!(text(http2.get("/nowhere").await).await, @r#"
    404 Not Found
    content-length: 122
    content-type: application/problem+json

    {"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_head_response_has_the_length_of_get_and_no_body() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    assert_snapshot!(text(http2.ask(Method::HEAD, "/hello").await).await, @"
    200 OK
    content-length: 5
    content-type: text/plain; charset=utf-8
    ");
    assert_snapshot!(text(http2.ask(Method::HEAD, "/nowhere").await).await, @"
    404 Not Found
    content-length: 122
    content-type: application/problem+json
    ");
    assert_snapshot!(text(http2.ask(Method::HEAD, "/ticks").await).await, @"
    200 OK
    cache-control: no-cache, no-transform
    content-type: text/event-stream
    x-accel-buffering: no
    ");
}

#[tokio::test]
async fn options_lists_the_methods() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    assert_snapshot!(text(http2.ask(Method::OPTIONS, "/hello").await).await, @"
    204 No Content
    allow: GET, HEAD, OPTIONS
    ");
}

async fn post(http2: &mut Http2, headers: &[(&str, &str)], body: &'static str) -> String {
    let request = Request::post("http://a/echo").header("content-type", "application/json");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut asked = http2.send(request.body(()).unwrap(), false).await;
    asked.send(body, true);
    text(asked.answer().await).await
}

#[tokio::test]
async fn a_body_is_read_within_its_limit() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    assert!(post(&mut http2, &[], "[1, 2]").await.ends_with("\n[1, 2]"));
    assert_snapshot!(post(&mut http2, &[], "[1, 2, 3, 4]").await, @r#"
    413 Payload Too Large
    content-length: 170
    content-type: application/problem+json

    {"type":"about:blank","title":"Payload Too Large","status":413,"detail":"the body is larger than 8 bytes","instance":"/echo","traceId":"T"}
    "#);
    // The connection stays open.
    assert!(post(&mut http2, &[], "[3]").await.ends_with("\n[3]"));
}

#[tokio::test]
async fn a_host_header_must_match_the_authority() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    assert!(post(&mut http2, &[("host", "a")], "[3]").await.ends_with("\n[3]"));
    assert_snapshot!(post(&mut http2, &[("host", "b")], "[3]").await, @r#"
    400 Bad Request
    content-length: 176
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the `Host` header differs from `:authority`","instance":"/echo","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_request_head_that_is_too_large_is_a_431_on_its_stream_only() {
    let host = host().await;
    let mut http2 = Http2::connect(host.address()).await;
    let long = "x".repeat(20 * 1024);
    let request = Request::get("http://a/hello").header("x-long", long).body(()).unwrap();
    let answer = http2.request(request).await.answer().await;
    assert_eq!(answer.head.status, 431);
    assert_eq!(text(http2.get("/hello").await).await.lines().last(), Some("hello"));
}
