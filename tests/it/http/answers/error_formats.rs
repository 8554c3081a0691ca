//! The user's own format of error responses.

use http::{Request, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body, ErrorBody, PublicProblem, RateLimit};
use insta::assert_snapshot;
use serde_json::json;
use tower::service_fn;
use tower_layer::layer_fn;

use crate::http::security::Tokens;
use crate::http::{ask, endpoint, get, talk};

/// A format like that of language-model APIs, with everything that a format gets.
fn in_one_object(problem: &PublicProblem<'_>) -> ErrorBody {
    let message = problem.detail().unwrap_or(problem.title());
    let names: Vec<_> = problem.errors().iter().map(hyperpoint::FieldError::name).collect();
    ErrorBody::json(&json!({ "error": {
        "message": message,
        "param": names,
        "path": problem.instance(),
        "has_trace": problem.trace_id().is_some(),
    } }))
}

fn as_text(problem: &PublicProblem<'_>) -> ErrorBody {
    ErrorBody::new("text/plain", problem.title().to_owned())
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the fields are only bound")]
struct Named {
    name: String,
    kind: String,
}

endpoint! {
    Post: Named => ();
    |config| {
        config.post("/post");
        config.allow_anonymous();
        config.body_limit_bytes(40);
    }
    |_, cx| { cx.send.no_content_async().await }
}

endpoint! {
    Admins: () => ();
    |config| {
        config.get("/admins");
        config.roles(["admin"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Rare: () => ();
    |config| {
        config.get("/rare");
        config.allow_anonymous();
        config.rate_limit(RateLimit::per_hour(1));
    }
    |(), cx| { cx.send.no_content_async().await }
}

/// A text that is for the log only.
const SECRET: &str = "hunter2";

endpoint! {
    Fails: () => ();
    |config| {
        config.get("/fails");
        config.allow_anonymous();
    }
    |(), _cx| { Err(format!("the password is {SECRET}"))? }
}

endpoint! {
    Panics: () => ();
    |config| {
        config.get("/panics");
        config.allow_anonymous();
    }
    |(), _cx| { panic!("the password is {SECRET}") }
}

endpoint! {
    BrokenLayer: () => ();
    |config| {
        config.get("/broken-layer");
        config.allow_anonymous();
        config.layer(layer_fn(|_| service_fn(|_: Request<Body>| async {
            Err::<http::Response<Body>, _>(std::io::Error::other(SECRET))
        })));
    }
    |(), cx| { cx.send.no_content_async().await }
}

struct Texts;

impl Group for Texts {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/texts");
        group.allow_anonymous();
        group.error_format(as_text);
    }
}

endpoint! {
    InGroup: () => ();
    |config| {
        config.group::<Texts>();
        config.get("/group");
    }
    |(), _cx| { Err(Problem::new(StatusCode::GONE)) }
}

endpoint! {
    OfItsOwn: () => ();
    |config| {
        config.group::<Texts>();
        config.get("/own");
        config.error_format(|_| ErrorBody::empty());
    }
    |(), _cx| { Err(Problem::new(StatusCode::GONE)) }
}

endpoint! {
    Unsound: () => ();
    |config| {
        config.group::<Texts>();
        config.get("/unsound");
        config.error_format(|_| panic!("a deliberate panic in an error format"));
    }
    |(), _cx| { Err(Problem::new(StatusCode::GONE)) }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let ticks = [Ok(1), Err(Problem::new(StatusCode::GONE).detail("the clock stopped"))];
        cx.send.event_stream_async("tick", futures_util::stream::iter(ticks)).await
    }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Post>().endpoint::<Admins>().endpoint::<Rare>();
    let host = host.endpoint::<Fails>().endpoint::<Panics>().endpoint::<BrokenLayer>();
    let host = host.endpoint::<InGroup>().endpoint::<OfItsOwn>().endpoint::<Unsound>();
    host.endpoint::<Ticks>().authentication(Tokens).error_format(in_one_object)
}

fn app() -> Application {
    host().build().unwrap()
}

async fn post(body: &'static str, content_type: &str) -> String {
    let request = Request::post("/post").header("content-type", content_type);
    ask(&app(), request.body(Body::full(body.into())).unwrap()).await
}

#[tokio::test]
async fn every_refusal_has_the_format_with_the_status_and_headers_of_the_problem() {
    assert_snapshot!(get(&app(), "/nowhere?key=secret").await, @r#"
    404 Not Found
    content-type: application/json

    {"error":{"has_trace":true,"message":"Not Found","param":[],"path":"/nowhere"}}
    "#);
    assert_snapshot!(get(&app(), "/post").await, @r#"
    405 Method Not Allowed
    allow: OPTIONS, POST
    content-type: application/json

    {"error":{"has_trace":true,"message":"Method Not Allowed","param":[],"path":"/post"}}
    "#);
    assert_snapshot!(get(&app(), "/admins").await, @r#"
    401 Unauthorized
    content-type: application/json
    www-authenticate: Bearer

    {"error":{"has_trace":true,"message":"the request has no valid credentials","param":[],"path":"/admins"}}
    "#);
    assert_snapshot!(post("{}", "application/json").await, @r#"
    400 Bad Request
    content-type: application/json

    {"error":{"has_trace":true,"message":"Bad Request","param":["kind","name"],"path":"/post"}}
    "#);
    assert_snapshot!(post("{}", "text/plain").await, @r#"
    415 Unsupported Media Type
    content-type: application/json

    {"error":{"has_trace":true,"message":"the body is `text/plain`; send `application/json` or `application/x-www-form-urlencoded`","param":[],"path":"/post"}}
    "#);
    assert_snapshot!(post("{\"name\":\"a name that is too long\"}________________", "application/json").await, @r#"
    413 Payload Too Large
    content-type: application/json

    {"error":{"has_trace":true,"message":"the body is larger than 40 bytes","param":[],"path":"/post"}}
    "#);
    assert_snapshot!(get(&app(), "/fails").await, @r#"
    500 Internal Server Error
    content-type: application/json

    {"error":{"has_trace":true,"message":"Internal Server Error","param":[],"path":"/fails"}}
    "#);
    assert_snapshot!(get(&app(), "/panics").await, @r#"
    500 Internal Server Error
    content-type: application/json

    {"error":{"has_trace":true,"message":"Internal Server Error","param":[],"path":"/panics"}}
    "#);
    assert_snapshot!(get(&app(), "/broken-layer").await, @r#"
    500 Internal Server Error
    content-type: application/json

    {"error":{"has_trace":true,"message":"Internal Server Error","param":[],"path":"/broken-layer"}}
    "#);
    let app = app();
    get(&app, "/rare").await;
    assert_snapshot!(get(&app, "/rare").await, @r#"
    429 Too Many Requests
    content-type: application/json
    retry-after: 3600

    {"error":{"has_trace":true,"message":"too many requests; try again later","param":[],"path":"/rare"}}
    "#);
}

#[tokio::test]
async fn the_format_of_the_nearest_level_applies_alone() {
    assert_snapshot!(get(&app(), "/texts/group").await, @r#"
    410 Gone
    content-type: text/plain

    Gone
    "#);
    assert_snapshot!(get(&app(), "/texts/own").await, @"410 Gone");
    assert_snapshot!(get(&app(), "/texts/nowhere").await, @r#"
    404 Not Found
    content-type: application/json

    {"error":{"has_trace":true,"message":"Not Found","param":[],"path":"/texts/nowhere"}}
    "#);
}

#[tokio::test]
async fn a_format_that_panics_gives_the_problem_document() {
    assert_snapshot!(get(&app(), "/texts/unsound").await, @r#"
    410 Gone
    content-type: application/problem+json

    {"type":"about:blank","title":"Gone","status":410,"instance":"/texts/unsound","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_failure_within_an_event_stream_is_an_event_and_not_formatted() {
    let answer = get(&app(), "/ticks").await;
    assert!(answer.contains("event: problem\n"), "{answer}");
    assert!(answer.contains(r#""detail":"the clock stopped""#), "{answer}");
    assert!(!answer.contains("has_trace"), "{answer}");
}

#[tokio::test]
async fn a_broken_layer_of_the_host_has_the_format() {
    let layer = layer_fn(|_| {
        service_fn(|_: Request<Body>| async {
            Err::<http::Response<Body>, _>(std::io::Error::other(SECRET))
        })
    });
    let answer = get(&host().layer(layer).build().unwrap(), "/fails").await;
    assert!(answer.starts_with("500 ") && answer.contains("has_trace"), "{answer}");
    assert!(!answer.contains(SECRET), "{answer}");
}

#[tokio::test]
async fn what_a_connection_refuses_before_routing_has_the_format() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    // Refused by hyper, by the host, and after routing without a body.
    assert_snapshot!(talk(host.address(), "GET / HTTP/1.1\r\nbad header\r\n\r\n").await, @r#"
    HTTP/1.1 400 Bad Request
    connection: close
    date: -
    content-type: application/json
    content-length: 101

    {"error":{"has_trace":false,"message":"the head of the request is malformed","param":[],"path":null}}
    "#);
    let two_hosts = "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n";
    assert_snapshot!(talk(host.address(), two_hosts).await, @r#"
    HTTP/1.1 400 Bad Request
    content-type: application/json
    connection: close
    content-length: 106
    date: -

    {"error":{"has_trace":true,"message":"the `Host` header is present more than once","param":[],"path":"/"}}
    "#);
    let head = "HEAD /texts/group HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_snapshot!(talk(host.address(), head).await, @r#"
    HTTP/1.1 410 Gone
    content-type: text/plain
    connection: close
    content-length: 4
    date: -
    "#);
    let empty = "GET /texts/own HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_snapshot!(talk(host.address(), empty).await, @r#"
    HTTP/1.1 410 Gone
    connection: close
    content-length: 0
    date: -
    "#);
}
