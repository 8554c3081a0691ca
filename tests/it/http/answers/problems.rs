//! Every refusal is a problem document, and none reveals what is for the log only.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body};
use insta::assert_snapshot;
use serde_json::Value;
use tower::ServiceExt;

use crate::http::security::Tokens;
use crate::http::{ask, endpoint, get};

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are only bound")]
struct Named {
    name: String,
}

endpoint! {
    Post: Named => ();
    |config| {
        config.post("/post");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

endpoint! {
    Small: Named => ();
    |config| {
        config.post("/small");
        config.allow_anonymous();
        config.body_limit_bytes(4);
    }
    |_, cx| { cx.send.no_content_async().await }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::iter(1..3)).await }
}

endpoint! {
    Admins: () => ();
    |config| {
        config.get("/admins");
        config.roles(["admin"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

/// A text that is for the log only.
const SECRET: &str = "hunter2";

#[derive(Debug)]
struct StoreError;

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SECRET)
    }
}

impl std::error::Error for StoreError {}

/// An error with another error as its source.
#[derive(Debug)]
struct Nested(StoreError);

impl std::fmt::Display for Nested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the store failed with {SECRET}")
    }
}

impl std::error::Error for Nested {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

endpoint! {
    Fails: Kind => ();
    |config| {
        config.get("/fails/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        match kind.as_str() {
            "text" => Err(format!("the password is {SECRET}"))?,
            "panic" => panic!("the password is {SECRET}"),
            "own" => Err(StoreError)?,
            "internal" => return Err(Problem::internal(StoreError)),
            "caused" => return Err(Problem::new(StatusCode::CONFLICT).caused_by(StoreError)),
            "in-place" => Err(StoreError).or_problem(StatusCode::BAD_GATEWAY, "try again")?,
            _ => Err(Nested(StoreError))?,
        }
        cx.send.no_content_async().await
    }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Post>().endpoint::<Small>();
    let host = host.endpoint::<Ticks>().endpoint::<Admins>();
    host.endpoint::<Fails>().authentication(Tokens)
}

fn app() -> Application {
    host().build().unwrap()
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> http::request::Builder {
    let request = Request::builder().method(method).uri(target);
    let add = |request: http::request::Builder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    headers.iter().fold(request, add)
}

/// Sends the request and checks that the response is the complete problem document of this status.
async fn check(app: Application, request: Request<Body>, status: u16, title: &str) {
    let path = request.uri().path().to_owned();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status().as_u16(), status, "{path}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let document: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(document["type"], "about:blank", "{path}");
    assert_eq!(document["title"], title, "{path}");
    assert_eq!(document["status"], status, "{path}");
    assert_eq!(document["instance"], path.as_str());
    assert_eq!(document["traceId"].as_str().map(str::len), Some(32), "{path}");
}

/// Method, target, headers and body; expected status and title.
type Case = (&'static str, &'static str, &'static [Header], &'static str, u16, &'static str);
type Header = (&'static str, &'static str);

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn every_refusal_is_a_complete_problem_document() {
    let cases: [Case; 11] = [
        ("POST", "/post", &[JSON], "{", 400, "Bad Request"),
        ("GET", "/%zz", &[], "", 400, "Bad Request"),
        ("GET", "/admins", &[], "", 401, "Unauthorized"),
        ("GET", "/admins", &[("authorization", "Bearer ann")], "", 403, "Forbidden"),
        ("GET", "/nowhere", &[], "", 404, "Not Found"),
        ("PUT", "/post", &[JSON], "{}", 405, "Method Not Allowed"),
        ("GET", "/ticks", &[("accept", "text/html")], "", 406, "Not Acceptable"),
        ("POST", "/small", &[JSON], "{\"name\":\"\"}", 413, "Payload Too Large"),
        ("POST", "/small", &[JSON], "12345", 413, "Payload Too Large"),
        ("POST", "/post", &[], "{}", 415, "Unsupported Media Type"),
        ("GET", "/fails/text", &[], "", 500, "Internal Server Error"),
    ];
    for (method, target, headers, body, status, title) in cases {
        let body = Body::full(Bytes::from_static(body.as_bytes()));
        let request = request(method, target, headers).body(body).unwrap();
        check(app(), request, status, title).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_in_time_is_a_408() {
    let never =
        StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let request = request("POST", "/post", &[JSON]).body(Body::boxed(never)).unwrap();
    let before = tokio::time::Instant::now();
    check(app(), request, 408, "Request Timeout").await;
    // Five seconds without a byte are too slow.
    assert_eq!(before.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn a_truncated_body_is_a_400() {
    let pieces = [Ok(Frame::data(Bytes::from_static(b"{"))), Err(StoreError)];
    let body = Body::boxed(StreamBody::new(futures_util::stream::iter(pieces)));
    let request = request("POST", "/post", &[JSON]).body(body).unwrap();
    let answer = ask(&app(), request).await;
    assert!(answer.contains("the body is incomplete or malformed"), "{answer}");
    assert!(!answer.contains(SECRET), "{answer}");
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_no_further() {
    let full = |length: usize| Full::new(Bytes::from(format!("\"{}\"", "x".repeat(length - 2))));
    let app = host().options(|options| options.body_limit_bytes = 100).build().unwrap();
    for (length, expected) in [(100, "400 "), (101, "413 ")] {
        let post = request("POST", "/post", &[JSON]).body(full(length)).unwrap();
        let answer = ask(&app, post).await;
        assert!(answer.starts_with(expected), "{answer}");
    }
}

#[tokio::test]
async fn no_response_reveals_what_is_for_the_log_only() {
    let mut told = Vec::new();
    for kind in ["text", "panic", "own", "internal", "caused", "in-place", "nested"] {
        let answer = get(&app(), &format!("/fails/{kind}")).await;
        assert!(!answer.contains(SECRET), "{answer}");
        told.push(answer.split('\n').next_back().unwrap_or_default().to_owned());
    }
    assert_snapshot!(told.join("\n"), @r#"
    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/fails/text","traceId":"T"}
    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/fails/panic","traceId":"T"}
    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/fails/own","traceId":"T"}
    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/fails/internal","traceId":"T"}
    {"type":"about:blank","title":"Conflict","status":409,"instance":"/fails/caused","traceId":"T"}
    {"type":"about:blank","title":"Bad Gateway","status":502,"detail":"try again","instance":"/fails/in-place","traceId":"T"}
    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/fails/nested","traceId":"T"}
    "#);
}

#[tokio::test]
async fn the_error_mapping_of_the_host_sets_the_status_of_a_domain_error() {
    let rule =
        |_: &StoreError| Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail("come back later");
    let app = host().problem_for(rule).build().unwrap();
    for kind in ["own", "internal", "nested"] {
        let answer = get(&app, &format!("/fails/{kind}")).await;
        assert!(answer.starts_with("503 "), "{kind}: {answer}");
        assert!(answer.contains("come back later"), "{kind}: {answer}");
    }
    assert!(get(&app, "/fails/caused").await.starts_with("409 "));
    assert!(get(&app, "/fails/text").await.starts_with("500 "));
}
