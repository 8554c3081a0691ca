//! Matching: unusual paths as clients send them, methods, HEAD and OPTIONS.

use http::{Method, Request, Uri};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::ask::text;
use crate::http::{ask, endpoint, get};

#[derive(Deserialize, JsonSchema)]
struct Id {
    id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Rest {
    rest: String,
}

endpoint! {
    Item: Id => ();
    |config| {
        config.get("/items/{id}");
        config.allow_anonymous();
    }
    |Id { id }, cx| { cx.send.string_async(format!("item {id}")).await }
}

endpoint! {
    File: Rest => ();
    |config| {
        config.get("/files/{*rest}");
        config.allow_anonymous();
    }
    |Rest { rest }, cx| { cx.send.string_async(format!("file {rest}")).await }
}

endpoint! {
    Plain: () => ();
    |config| {
        config.verbs([Method::GET, Method::POST]);
        config.routes(["/plain", "/café", "/a b"]);
        config.allow_anonymous();
    }
    |(), cx| {
        let text = format!("plain by {}", cx.request.method);
        cx.send.string_async(text).await
    }
}

endpoint! {
    OwnHead: () => ();
    |config| {
        config.head("/own");
        config.allow_anonymous();
    }
    |(), cx| {
        let name = http::HeaderName::from_static("x-own");
        cx.send.header(name, http::HeaderValue::from_static("head")).no_content_async().await
    }
}

endpoint! {
    OwnGet: () => ();
    |config| {
        config.get("/own");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("get").await }
}

endpoint! {
    OwnOptions: () => ();
    |config| {
        config.options("/options");
        config.get("/options");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("my own").await }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::iter(1..3)).await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<Item>().endpoint::<File>();
    let host = host.endpoint::<Plain>().endpoint::<Ticks>();
    let host = host.endpoint::<OwnHead>().endpoint::<OwnGet>();
    host.endpoint::<OwnOptions>().build().unwrap()
}

async fn method(method: &str, target: &str) -> String {
    let target: Uri = target.parse().unwrap();
    let request = Request::builder().method(method).uri(target);
    ask(&app(), request.body(String::new()).unwrap()).await
}

/// Returns status and body only.
async fn brief(target: &str) -> String {
    let answer = get(&app(), target).await;
    let (head, body) = answer.split_once("\n\n").unwrap_or((&answer, ""));
    format!("{} {body}", head.split(' ').next().unwrap_or_default())
}

#[tokio::test]
async fn a_parameter_is_one_segment_decoded_once() {
    for (target, expected) in [
        ("/items/7", "200 item 7"),
        ("/items/a%2Fb", "200 item a/b"),
        ("/items/a%2fb", "200 item a/b"),
        ("/items/a%252Fb", "200 item a%2Fb"),
        ("/items/caf%c3%a9", "200 item café"),
        ("/items/a%20b+c", "200 item a b+c"),
        ("/items/..", "200 item .."),
        ("/items/%2e%2e", "200 item .."),
        ("/items/7?id=8", "200 item 7"),
        ("/items/%7B%7D", "200 item {}"),
        ("http://example.org/items/7", "200 item 7"),
    ] {
        assert_eq!(brief(target).await, expected, "{target}");
    }
}

#[tokio::test]
async fn a_literal_segment_matches_in_any_encoding() {
    for (target, expected) in [
        ("/plain", "200 plain by GET"),
        ("/pl%61in", "200 plain by GET"),
        ("/plain?a=/../b", "200 plain by GET"),
        ("/caf%c3%a9", "200 plain by GET"),
        ("/caf%C3%A9", "200 plain by GET"),
        ("/a%20b", "200 plain by GET"),
    ] {
        assert_eq!(brief(target).await, expected, "{target}");
    }
}

#[tokio::test]
async fn the_rest_of_a_path_is_one_parameter() {
    for (target, expected) in [
        ("/files/a", "200 file a"),
        ("/files/a/b%2Fc/", "200 file a/b/c/"),
        ("/files//a", "200 file /a"),
        ("/files/../a", "200 file ../a"),
    ] {
        assert_eq!(brief(target).await, expected, "{target}");
    }
}

#[tokio::test]
async fn a_path_that_only_resembles_a_route_is_a_404() {
    for target in [
        "/",
        "/plain/",
        "/PLAIN",
        "//plain",
        "/./plain",
        "/../plain",
        "/items",
        "/items/",
        "/items/7/",
        "/items//7",
        "/files",
        "/files/",
        "/plain%2F",
        "/plain%00",
        "/pl",
    ] {
        let answer = brief(target).await;
        assert!(answer.starts_with("404 "), "{target}: {answer}");
    }
}

#[tokio::test]
async fn an_undecodable_path_is_a_400() {
    assert_snapshot!(get(&app(), "/items/%zz").await, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the path has a `%` without two hex digits after it","instance":"/items/%zz","traceId":"T"}
    "#);
    assert_snapshot!(get(&app(), "/items/%ff").await, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the path is not valid UTF-8","instance":"/items/%ff","traceId":"T"}
    "#);
    for target in ["/%", "/items/%4", "/files/a/%c3%28", "/plain%", "/items/%C3"] {
        let answer = brief(target).await;
        assert!(answer.starts_with("400 "), "{target}: {answer}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_404() {
    assert_snapshot!(get(&app(), "/nowhere?token=secret").await, @r#"
    404 Not Found
    content-type: application/problem+json

    {"type":"about:blank","title":"Not Found","status":404,"instance":"/nowhere","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_method_without_an_endpoint_is_a_405_that_lists_the_methods() {
    assert_snapshot!(method("DELETE", "/plain").await, @r#"
    405 Method Not Allowed
    allow: GET, HEAD, OPTIONS, POST
    content-type: application/problem+json

    {"type":"about:blank","title":"Method Not Allowed","status":405,"instance":"/plain","traceId":"T"}
    "#);
    assert_snapshot!(method("BREW", "/items/7").await, @r#"
    405 Method Not Allowed
    allow: GET, HEAD, OPTIONS
    content-type: application/problem+json

    {"type":"about:blank","title":"Method Not Allowed","status":405,"instance":"/items/7","traceId":"T"}
    "#);
    assert_snapshot!(method("POST", "/own").await, @r#"
    405 Method Not Allowed
    allow: GET, HEAD, OPTIONS
    content-type: application/problem+json

    {"type":"about:blank","title":"Method Not Allowed","status":405,"instance":"/own","traceId":"T"}
    "#);
}

#[tokio::test]
async fn options_lists_the_methods() {
    assert_snapshot!(method("OPTIONS", "/plain").await, @"
    204 No Content
    allow: GET, HEAD, OPTIONS, POST
    ");
    assert_snapshot!(method("OPTIONS", "/own").await, @"
    204 No Content
    allow: GET, HEAD, OPTIONS
    ");
    assert_snapshot!(method("OPTIONS", "/options").await, @"
    200 OK
    content-type: text/plain; charset=utf-8

    my own
    ");
    assert!(method("OPTIONS", "/nowhere").await.starts_with("404 "));
}

#[tokio::test]
async fn options_of_the_whole_server_lists_all_methods() {
    assert_snapshot!(method("OPTIONS", "*").await, @"
    204 No Content
    allow: GET, HEAD, OPTIONS, POST
    ");
    assert!(method("GET", "*").await.starts_with("404 "));
}

#[tokio::test]
async fn head_responds_like_get_without_the_body() {
    assert_snapshot!(method("HEAD", "/items/7").await, @"
    200 OK
    content-type: text/plain; charset=utf-8
    ");
    assert_snapshot!(method("HEAD", "/ticks").await, @"
    200 OK
    cache-control: no-cache, no-transform
    content-type: text/event-stream
    x-accel-buffering: no
    ");
    assert_snapshot!(method("HEAD", "/nowhere").await, @"
    404 Not Found
    content-type: application/problem+json
    ");
    assert_snapshot!(method("HEAD", "/own").await, @"
    204 No Content
    x-own: head
    ");
}

#[tokio::test]
async fn connect_finds_no_endpoint() {
    let request = Request::connect("example.org:443").body(String::new()).unwrap();
    let response = app().oneshot(request).await.unwrap();
    let _: &Body = response.body();
    assert_snapshot!(text(response).await, @r#"
    400 Bad Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the path is missing from the target","instance":"","traceId":"T"}
    "#);
}
