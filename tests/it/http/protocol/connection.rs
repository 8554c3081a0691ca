//! One port for both protocols, and the timeouts of a connection.

use std::time::{Duration, Instant};

use http::Method;
use hyperpoint::Running;
use hyperpoint::prelude::*;

use crate::http::{answer, endpoint, talk};
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_mins(1);

#[derive(Deserialize, JsonSchema)]
struct Wait {
    #[serde(default)]
    millis: u64,
}

endpoint! {
    Methods: Wait => ();
    |config| {
        config.verbs([Method::GET, Method::DELETE]);
        config.routes(["/"]);
        config.allow_anonymous();
    }
    |Wait { millis }, cx| {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let text = cx.request.method.to_string();
        cx.send.string_async(text).await
    }
}

endpoint! {
    Written: serde_json::Value => ();
    |config| {
        let print = Method::from_bytes(b"PRINT").unwrap();
        config.verbs([Method::POST, Method::PUT, Method::PATCH, print]);
        config.routes(["/"]);
        config.allow_anonymous();
    }
    |value, cx| {
        let text = format!("{} {value}", cx.request.method);
        cx.send.string_async(text).await
    }
}

/// Starts a host with this timeout for request heads and this one for idle connections.
async fn host(request_head: Duration, keep_alive_idle: Duration) -> Running {
    let host = Host::empty().endpoint::<Methods>().endpoint::<Written>();
    let host = host.bind("127.0.0.1:0").options(|options| {
        options.request_head = request_head;
        options.keep_alive_idle = keep_alive_idle;
    });
    host.start().await.unwrap()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame (RFC 9113 §6.5).
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

#[tokio::test]
async fn one_port_serves_both_protocols() {
    let host = host(LONG, LONG).await;
    let mut http1 = Raw::get(host.address(), "/").await;
    let mut http2 = Http2::connect(host.address()).await;
    assert!(answer(&mut http1).await.ends_with("\n\nGET"));
    assert_eq!(http2.get("/").await.rest().await, "GET");
    assert_eq!(http2.ask(Method::DELETE, "/").await.rest().await, "DELETE");
}

#[tokio::test]
async fn the_preface_may_arrive_in_pieces() {
    let host = host(LONG, LONG).await;
    for size in [1, 3, 5, 14, 23] {
        let mut raw = Raw::connect(host.address()).await;
        raw.socket().set_nodelay(true).unwrap();
        for piece in PREFACE.chunks(size) {
            raw.write(piece).await;
            tokio::task::yield_now().await;
        }
        raw.write(SETTINGS).await;
        assert_eq!(raw.bytes(9).await[3], 4, "the host answers with its SETTINGS");
    }
}

#[tokio::test]
async fn a_method_that_begins_like_the_preface_is_http_1() {
    let host = host(LONG, LONG).await;
    for method in ["POST", "PUT", "PATCH", "PRINT"] {
        let mut raw = Raw::open(host.address(), "P").await;
        let request = format!(
            "{} / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n7",
            &method[1..]
        );
        raw.write(request).await;
        let answer = answer(&mut raw).await;
        assert!(answer.ends_with(&format!("\n\n{method} 7")), "{answer}");
    }
    let pri = "PRI * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = talk(host.address(), pri).await;
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\n"), "{answer}");
}

/// Checks that the host closes the connection without sending anything, and not before the timeout.
async fn check_closed_after(raw: Raw, start: Instant, limit: Duration) {
    let rest = raw.until_close().await;
    assert_eq!(String::from_utf8_lossy(&rest), "");
    assert!(start.elapsed() >= limit, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_head_that_does_not_arrive_in_time_closes_the_connection() {
    let host = host(SHORT, LONG).await;
    for half in ["", "P", "PRI * HTTP/2.0\r\n\r\nS", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\n"] {
        let start = Instant::now();
        let raw = Raw::open(host.address(), half).await;
        check_closed_after(raw, start, SHORT).await;
    }
}

#[tokio::test]
async fn a_second_head_that_does_not_arrive_in_time_closes_the_connection() {
    let host = host(SHORT, LONG).await;
    let mut raw = Raw::get(host.address(), "/").await;
    answer(&mut raw).await;
    let start = Instant::now();
    raw.write("GET / HTTP/1.1\r\nho").await;
    check_closed_after(raw, start, SHORT).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_timeout() {
    let host = host(LONG, SHORT).await;
    let mut raw = Raw::get(host.address(), "/").await;
    // The idle time begins with the response, which the test reads slightly later.
    let start = Instant::now();
    answer(&mut raw).await;
    check_closed_after(raw, start, SHORT).await;
}

#[tokio::test]
async fn an_idle_http_2_connection_is_closed_after_its_timeout() {
    let host = host(LONG, SHORT).await;
    let start = Instant::now();
    let mut raw = Raw::open(host.address(), [PREFACE, SETTINGS].concat()).await;
    assert_eq!(raw.bytes(4).await[3], 4);
    raw.until_close().await;
    assert!(start.elapsed() >= SHORT);
}

#[tokio::test]
async fn the_head_timeout_does_not_run_while_a_request_is_open() {
    let host = host(SHORT, SHORT).await;
    let mut raw = Raw::get(host.address(), "/?millis=500").await;
    assert!(answer(&mut raw).await.ends_with("\n\nGET"));
    let mut http2 = Http2::connect(host.address()).await;
    assert_eq!(http2.get("/?millis=500").await.rest().await, "GET");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let host = host(LONG, LONG).await;
    let one = "GET /?millis=20 HTTP/1.1\r\nhost: a\r\n\r\n";
    let other = "DELETE / HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut raw = Raw::open(host.address(), format!("{one}{other}")).await;
    assert!(answer(&mut raw).await.ends_with("\n\nGET"));
    assert!(answer(&mut raw).await.ends_with("\n\nDELETE"));
}

const LARGE: usize = 20_000_000;

endpoint! {
    Large: () => ();
    |config| {
        config.get("/large");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.bytes_async(vec![b'x'; LARGE], "text/plain").await }
}

#[tokio::test]
async fn a_connection_that_slowly_reads_a_large_response_is_not_idle() {
    let host = Host::empty().endpoint::<Large>().bind("127.0.0.1:0");
    let host = host.options(|options| options.keep_alive_idle = SHORT).start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/large").await;
    assert_eq!(raw.head().await.status(), 200);
    let start = Instant::now();
    let mut read = 0;
    while read < LARGE {
        let pace = tokio::time::sleep(Duration::from_millis(10));
        read += raw.bytes((LARGE - read).min(400_000)).await.len();
        pace.await;
    }
    // Otherwise the idle timeout could not have expired, and the test would show nothing.
    assert!(start.elapsed() > 3 * SHORT);
}
