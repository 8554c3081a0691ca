//! Event streams of HTTP/1.1 leave hyper after their head. The client sees no difference, and a stream for
//! which that is not certain stays with hyper.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use futures_util::Stream;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::{Body, Prometheus};
use tower::util::{MapRequestLayer, MapResponseLayer};
use tracing::Level;

use crate::http::endpoint;
use crate::telemetry::captured::Captured;
use crate::wire::Head;
use crate::wire::raw::Raw;

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    text: String,
}

/// Returns events of all sizes, each in a frame of its own, and then some in one frame.
fn items(first: String) -> impl Stream<Item = StreamItem> + Send {
    stream! {
        yield StreamItem::text(first);
        for len in [0, 1, 15, 900, 1100, 9000, 70_000] {
            tokio::task::yield_now().await;
            yield StreamItem::text("x".repeat(len));
        }
        tokio::task::yield_now().await;
        for _ in 0..500 {
            yield StreamItem::text("together");
        }
    }
}

endpoint! {
    Listen: () => Events;
    |config| {
        config.get("/listen");
        config.allow_anonymous();
    }
    |(), cx| {
        let events = cx.send.stream_items_async(items("hello".to_owned()));
        events.retry(Duration::from_secs(1)).await
    }
}

endpoint! {
    Answer: Prompt => Events;
    |config| {
        config.post("/answer");
        config.allow_anonymous();
    }
    |prompt, cx| { cx.send.stream_items_async(items(prompt.text)).await }
}

endpoint! {
    /// Streams without a look at its body.
    Ignore: () => Events;
    |config| {
        config.post("/ignore");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.stream_items_async(items("ignored".to_owned())).await }
}

endpoint! {
    /// Its stream is cut.
    Fail: () => Events;
    |config| {
        config.post("/fail");
        config.allow_anonymous();
    }
    |(), cx| {
        let failing = futures_util::stream::iter([Ok(StreamItem::text("one")), Err(Problem::internal("down"))]);
        cx.send.stream_items_async(failing).await
    }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Listen>().endpoint::<Answer>();
    host.endpoint::<Ignore>().endpoint::<Fail>().bind("127.0.0.1:0")
}

/// Adds a header, and returns the body as it is.
fn adds(
    name: &'static str,
    value: &'static str,
) -> MapResponseLayer<impl Fn(Response<Body>) -> Response<Body> + Clone> {
    MapResponseLayer::new(move |mut response: Response<Body>| {
        let headers = response.headers_mut();
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        response
    })
}

/// A host whose streams a layer wraps, so that they stay with hyper.
fn wrapped(host: Host) -> Host {
    host.layer(MapResponseLayer::new(|response: Response<Body>| {
        response.map(|body| body.map_err(|error| error))
    }))
}

fn get(fields: &str) -> String {
    format!("GET /listen HTTP/1.1\r\nhost: a\r\n{fields}\r\n")
}

fn post(path: &str, fields: &str, body: &str) -> String {
    let kind = "content-type: application/json\r\n";
    format!("POST {path} HTTP/1.1\r\nhost: a\r\n{kind}{fields}\r\n{body}")
}

const BODY: &str = r#"{"text":"hello"}"#;
const LENGTH: &str = "content-length: 16\r\n";
const CHUNKED: &str = "transfer-encoding: chunked\r\n";
const CHUNKS: &str = "10\r\n{\"text\":\"hello\"}\r\n0\r\n\r\n";
const LAST: &str = "GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// Every request, and whether its stream leaves hyper if nothing in the response prevents it. One with a
/// body only leaves on a host without layers.
fn requests() -> Vec<(String, bool)> {
    vec![
        (get(""), true),
        (get("connection: keep-alive\r\n"), true),
        (get("connection: close\r\n"), true),
        (get("Connection: TE, Close\r\nte: trailers\r\n"), true),
        (get("content-length: 0\r\n"), true),
        (get("accept-encoding: gzip\r\n"), true),
        (get("expect: 100-continue\r\n"), true),
        (post("/answer", LENGTH, BODY), true),
        (post("/answer", CHUNKED, CHUNKS), true),
        (post("/fail", "", ""), true),
        (post("/ignore", LENGTH, BODY), true),
        (post("/ignore", CHUNKED, CHUNKS), true),
        (get(LENGTH) + BODY, true),
        // The answer to `Expect` and the head of the response are one write.
        (post("/answer", &format!("{LENGTH}expect: 100-continue\r\n"), BODY), false),
        // Another protocol may be wanted.
        (get("connection: upgrade\r\nupgrade: x\r\n"), false),
        (get("").replace("1.1", "1.0"), false),
        (get("connection: keep-alive\r\n").replace("1.1", "1.0"), false),
        (get("").replace("GET", "HEAD"), false),
        // A problem in place of a stream.
        (get("accept: text/html\r\n"), false),
    ]
}

/// Sends a request and another one behind it, and returns all bytes of the answers. Dates and trace ids
/// are masked.
async fn answers(address: SocketAddr, request: &str) -> String {
    let bytes = Raw::open(address, format!("{request}{LAST}")).await.until_end().await;
    let text = String::from_utf8(bytes).unwrap();
    let mut masked = String::new();
    for part in text.split_inclusive("\r\n\r\n") {
        masked += Head::parse(part.as_bytes()).text();
    }
    masked.split("\"traceId\":").map(|part| part.get(34..).unwrap_or(part).to_owned()).collect()
}

/// Returns how many streams have left hyper.
fn departures(log: &Captured) -> usize {
    log.lines_with("an event stream has left hyper").len()
}

#[tokio::test]
async fn the_bytes_of_a_stream_are_those_that_hyper_sends() {
    let log = Captured::at(Level::TRACE);
    let headers = [
        (("", ""), true),
        (("x-own", "1"), true),
        (("connection", "keep-alive"), true),
        (("connection", "close"), true),
        (("date", "today"), true),
        (("trailer", "x-end"), true),
        (("content-length", "40"), false),
        (("transfer-encoding", "chunked"), false),
        (("transfer-encoding", "gzip, chunked"), false),
    ];
    for ((name, value), may_leave) in headers {
        let host = || if name.is_empty() { host() } else { host().layer(adds(name, value)) };
        let (own, by_hyper) = (host().start(), wrapped(host()).start());
        let (own, by_hyper) = (own.await.unwrap(), by_hyper.await.unwrap());
        for (request, leaves) in requests() {
            let expected = answers(by_hyper.address(), &request).await;
            let before = departures(&log);
            let answers = answers(own.address(), &request).await;
            assert_eq!(answers, expected, "{name}: {value}, {request}");
            let has_left = departures(&log) > before;
            let has_body = request.contains(LENGTH) || request.contains(CHUNKED);
            let leaves = leaves && (name.is_empty() || !has_body);
            assert_eq!(has_left, may_leave && leaves, "{name}: {value}, {request}");
        }
    }
}

#[tokio::test]
async fn a_stream_leaves_hyper_also_with_telemetry_and_behind_other_requests() {
    let log = Captured::at(Level::TRACE);
    let prometheus = Prometheus::new();
    let host = host().prometheus(&prometheus).traces(|traces| traces).start().await.unwrap();
    let request = format!("{LAST}{}", get("")).replace("connection: close", "x: y");
    let expected = answers(host.address(), &get("")).await;
    assert_eq!(departures(&log), 1);
    assert!(answers(host.address(), &request).await.ends_with(&expected));
    assert_eq!(departures(&log), 2);
    let ended = "hyperpoint_streams_ended_total{http_route=\"/listen\",reason=\"finished\"} 2";
    assert!(prometheus.render().contains(ended), "{}", prometheus.render());
}

#[tokio::test]
async fn on_a_host_with_mounted_services_streams_stay_with_hyper() {
    let log = Captured::at(Level::TRACE);
    let mounted = host().mount("/app", Router::<()>::new(), |mount| mount.allow_anonymous());
    let (mounted, own) = (mounted.start().await.unwrap(), host().start().await.unwrap());
    let expected = answers(own.address(), &get("")).await;
    assert_eq!(departures(&log), 1);
    assert_eq!(answers(mounted.address(), &get("")).await, expected);
    assert_eq!(departures(&log), 1);
}

#[tokio::test]
async fn a_stream_whose_request_was_not_read_to_its_end_stays_with_hyper() {
    let log = Captured::at(Level::TRACE);
    let drops_bodies =
        MapRequestLayer::new(|request: Request<Body>| request.map(|_| Body::default()));
    let own = host().layer(drops_bodies.clone()).start().await.unwrap();
    let by_hyper = wrapped(host().layer(drops_bodies)).start().await.unwrap();
    for request in [post("/ignore", LENGTH, BODY), post("/ignore", CHUNKED, CHUNKS)] {
        let expected = answers(by_hyper.address(), &request).await;
        assert_eq!(answers(own.address(), &request).await, expected);
    }
    assert_eq!(departures(&log), 0);
    answers(own.address(), &post("/ignore", "", "")).await;
    assert_eq!(departures(&log), 1);
}
