//! HTTP/1 on the wire: versions, targets, HEAD and OPTIONS.

use http::Method;
use hyperpoint::Running;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{answer, endpoint, talk};
use crate::wire::raw::Raw;

endpoint! {
    Hello: () => ();
    |config| {
        config.verbs([Method::GET, Method::POST]);
        config.routes(["/hello", "/héllo"]);
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("hello").await }
}

endpoint! {
    Nothing: () => ();
    |config| {
        config.get("/nothing");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    OwnHead: () => ();
    |config| {
        config.head("/own");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("a HEAD's body is never sent").await }
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
    let host = Host::empty().endpoint::<Hello>().endpoint::<Nothing>();
    let host = host.endpoint::<OwnHead>().endpoint::<Ticks>();
    host.bind("127.0.0.1:0").start().await.unwrap()
}

/// Sends this request line on a connection that is closed afterwards, and renders the response.
async fn ask(line: &str) -> String {
    let host = host().await;
    talk(host.address(), format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await
}

#[tokio::test]
async fn a_response_has_its_length_and_the_connection_stays_open() {
    let host = host().await;
    let mut raw = Raw::get(host.address(), "/hello").await;
    assert_snapshot!(answer(&mut raw).await, @"
    HTTP/1.1 200 OK
    content-type: text/plain; charset=utf-8
    content-length: 5
    date: -

    hello
    ");
    raw.write("GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_snapshot!(answer(&mut raw).await, @"
    HTTP/1.1 204 No Content
    date: -
    ");
    raw.write("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_snapshot!(answer(&mut raw).await, @r#"
    HTTP/1.1 404 Not Found
    content-type: application/problem+json
    content-length: 122
    date: -

    {"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","traceId":"T"}
    "#);
}

#[tokio::test]
async fn an_http_1_0_request_is_answered_and_the_connection_closed() {
    let host = host().await;
    assert_snapshot!(talk(host.address(), "GET /hello HTTP/1.0\r\n\r\n").await, @"
    HTTP/1.0 200 OK
    content-type: text/plain; charset=utf-8
    content-length: 5
    date: -

    hello
    ");
    let with_host = talk(host.address(), "GET /hello HTTP/1.0\r\nhost: a\r\n\r\n").await;
    assert!(with_host.ends_with("\n\nhello"), "{with_host}");
}

#[tokio::test]
async fn an_http_1_0_connection_is_kept_alive_on_request() {
    let host = host().await;
    let request = "GET /hello HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let mut raw = Raw::open(host.address(), request).await;
    assert_snapshot!(answer(&mut raw).await, @"
    HTTP/1.0 200 OK
    content-type: text/plain; charset=utf-8
    connection: keep-alive
    content-length: 5
    date: -

    hello
    ");
    raw.write("GET /hello HTTP/1.0\r\n\r\n").await;
    assert!(raw.until_close().await.ends_with(b"\r\n\r\nhello"));
}

#[tokio::test]
async fn a_head_response_has_the_length_of_get_and_no_body() {
    assert_snapshot!(ask("HEAD /hello").await, @"
    HTTP/1.1 200 OK
    content-type: text/plain; charset=utf-8
    connection: close
    content-length: 5
    date: -
    ");
    assert_snapshot!(ask("HEAD /nothing").await, @"
    HTTP/1.1 204 No Content
    connection: close
    date: -
    ");
    assert_snapshot!(ask("HEAD /own").await, @"
    HTTP/1.1 200 OK
    content-type: text/plain; charset=utf-8
    connection: close
    content-length: 27
    date: -
    ");
    assert_snapshot!(ask("HEAD /nowhere").await, @"
    HTTP/1.1 404 Not Found
    content-type: application/problem+json
    connection: close
    content-length: 122
    date: -
    ");
    assert_snapshot!(ask("HEAD /ticks").await, @"
    HTTP/1.1 200 OK
    content-type: text/event-stream
    cache-control: no-cache, no-transform
    x-accel-buffering: no
    connection: close
    date: -
    ");
}

#[tokio::test]
async fn a_connection_stays_open_after_head() {
    let host = host().await;
    let mut raw = Raw::open(host.address(), "HEAD /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.header("content-length"), ["5"]);
    raw.write("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer(&mut raw).await.ends_with("\n\nhello"));
}

#[tokio::test]
async fn options_of_a_path_and_of_the_server() {
    assert_snapshot!(ask("OPTIONS /hello").await, @"
    HTTP/1.1 204 No Content
    allow: GET, HEAD, OPTIONS, POST
    connection: close
    date: -
    ");
    assert_snapshot!(ask("OPTIONS *").await, @"
    HTTP/1.1 204 No Content
    allow: GET, HEAD, OPTIONS, POST
    connection: close
    date: -
    ");
}

#[tokio::test]
async fn a_target_may_be_absolute() {
    assert!(ask("GET http://a/hello").await.ends_with("\n\nhello"));
    assert!(ask("GET http://a:80/hello?x=1").await.ends_with("\n\nhello"));
    // RFC 9112 §3.2.2: the host of the target takes precedence over the header.
    assert!(ask("GET http://other.example/hello").await.ends_with("\n\nhello"));
    assert!(ask("GET http://a").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn an_unknown_method_is_a_405() {
    assert_snapshot!(ask("BREW /hello").await, @r#"
    HTTP/1.1 405 Method Not Allowed
    allow: GET, HEAD, OPTIONS, POST
    content-type: application/problem+json
    connection: close
    content-length: 129
    date: -

    {"type":"about:blank","title":"Method Not Allowed","status":405,"instance":"/hello","traceId":"T"}
    "#);
    assert!(ask("brew /nowhere").await.starts_with("HTTP/1.1 404 "));
    // Methods are case-sensitive (RFC 9110 §9.1).
    assert!(ask("get /hello").await.starts_with("HTTP/1.1 405 "));
}

#[tokio::test]
async fn connect_finds_no_endpoint() {
    let answer = ask("CONNECT example.org:443").await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{answer}");
}

#[tokio::test]
async fn unusual_paths_are_routed_unchanged() {
    for (line, status) in [
        ("GET //hello", 404),
        ("GET /../hello", 404),
        ("GET /hello/", 404),
        ("GET /%zz", 400),
        ("GET /h%c3%a9llo", 200),
        ("GET /h\u{e9}llo", 200),
        ("GET /hello?%zz=/../#", 200),
        ("GET /hello#fragment", 200),
        ("GET hello", 400),
    ] {
        let answer = ask(line).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
    }
}
