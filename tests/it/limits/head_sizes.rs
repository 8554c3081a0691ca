//! Size limits of a request head.

use http::header::COOKIE;
use http::{HeaderValue, Request};
use hyperpoint::prelude::*;
use hyperpoint::{Body, Running, ServerOptions};
use insta::assert_snapshot;
use tower::util::MapResponseLayer;

use crate::http::{endpoint, masked, talk};
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;

endpoint! {
    Root: () => ();
    |config| {
        config.get("/");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

async fn host(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let host = Host::empty().endpoint::<Root>().bind("127.0.0.1:0").options(change);
    host.start().await.unwrap()
}

fn with(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_target_over_its_limit_is_a_414() {
    let host = host(|options| options.uri_limit_bytes = 10).await;
    let answer = talk(host.address(), with("/?x=3456789", "")).await;
    assert_snapshot!(answer, @r#"
    HTTP/1.1 414 URI Too Long
    content-type: application/problem+json
    connection: close
    content-length: 164
    date: -

    {"type":"about:blank","title":"URI Too Long","status":414,"detail":"the target is longer than 10 bytes","instance":"/","traceId":"T"}
    "#);
    assert!(talk(host.address(), with("/?x=345678", "")).await.starts_with("HTTP/1.1 204 "));
    let mut http2 = Http2::connect(host.address()).await;
    let mut answer = http2.get("/?x=3456789").await;
    assert_eq!(answer.head.status, 414);
    assert!(answer.rest().await.contains("the target is longer than 10 bytes"));
}

#[tokio::test]
async fn a_head_over_its_limit_is_a_431() {
    let host = host(|options| options.head_limit_bytes = 1024).await;
    let long = |length: usize| with("/", &format!("x: {}\r\n", "x".repeat(length)));
    assert!(talk(host.address(), long(900)).await.starts_with("HTTP/1.1 204 "));
    let answer = talk(host.address(), long(1000)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let large = self::host(|options| options.head_limit_bytes = 64 * 1024).await;
    assert!(talk(large.address(), long(60_000)).await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn too_many_headers_are_a_431() {
    let host = host(|options| options.head_fields = 4).await;
    let answer = talk(host.address(), with("/", "x: 1\r\nx: 2\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let answer = talk(host.address(), with("/", "x: 1\r\nx: 2\r\nx: 3\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let mut http2 = Http2::connect(host.address()).await;
    let mut request = Request::get("http://a/");
    for _ in 0..5 {
        request = request.header("x", "y");
    }
    let mut answer = http2.request(request.body(()).unwrap()).await.answer().await;
    assert_eq!(answer.head.status, 431);
    assert_snapshot!(masked(&answer.rest().await), @r#"{"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"there are more than 4 headers","instance":"/","traceId":"T"}"#);
}

#[tokio::test]
async fn a_refusal_by_the_application_is_never_mistaken_for_one_by_hyper() {
    let bare = MapResponseLayer::new(|_: http::Response<Body>| {
        let mut response = http::Response::new(Body::default());
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        response
    });
    let host = Host::empty().endpoint::<Root>().layer(bare).bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    assert_snapshot!(talk(host.address(), with("/", "")).await, @"
    HTTP/1.1 400 Bad Request
    connection: close
    content-length: 0
    date: -
    ");
    // Afterwards, on the same connection, hyper's own refusal still gets its document.
    let mut raw = Raw::get(host.address(), "/").await;
    assert_eq!(raw.head().await.header("content-length"), ["0"]);
    raw.write("hello\r\n\r\n").await;
    let rest = String::from_utf8(raw.until_close().await).unwrap();
    assert!(rest.ends_with("the head of the request is malformed\"}"), "{rest}");
}

/// Browsers split the cookies of a request over HTTP/2, and keep up to 180 of one site.
#[tokio::test]
async fn cookies_in_fields_of_their_own_are_one_header() {
    let host = host(|_| ()).await;
    let mut http2 = Http2::connect(host.address()).await;
    let mut ask = async |cookies: usize, others: usize| {
        let mut request = Request::get("http://a/").body(()).unwrap();
        for index in 0..cookies {
            request.headers_mut().append(COOKIE, format!("c{index}=1").parse().unwrap());
        }
        for _ in 0..others {
            request.headers_mut().append("x", HeaderValue::from_static("1"));
        }
        http2.request(request).await.answer().await.head.status
    };
    assert_eq!(ask(180, 0).await, 204);
    assert_eq!(ask(180, 99).await, 204);
    assert_eq!(ask(2, 100).await, 431);
    assert_eq!(ask(0, 101).await, 431);
}
