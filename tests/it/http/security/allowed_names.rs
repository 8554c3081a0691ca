//! The hosts and origins that requests may name: a page whose name was made to resolve to this
//! server (DNS rebinding) cannot use it.

use http::{Method, Request};
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, LOOPBACK_HOSTS, LOOPBACK_ORIGINS};
use insta::assert_snapshot;
use tower::ServiceExt;

use crate::http::{ask, endpoint, talk};
use crate::wire::h2::Http2;

endpoint! {
    Open: () => ();
    |config| {
        config.get("/open");
        config.post("/open");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

struct Internal;

impl Group for Internal {
    fn configure(group: &mut GroupConfig) {
        group.prefix("/internal");
        group.allow_anonymous();
        group.allowed_hosts(LOOPBACK_HOSTS);
        group.allowed_origins(LOOPBACK_ORIGINS);
    }
}

endpoint! {
    Tools: () => ();
    |config| {
        config.group::<Internal>();
        config.get("/tools");
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Anywhere: () => ();
    |config| {
        config.group::<Internal>();
        config.get("/anywhere");
        config.allowed_hosts(["*"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Encrypted: () => ();
    |config| {
        config.group::<Internal>();
        config.get("/encrypted");
        config.allowed_hosts(["*"]);
        config.allowed_origins(["https://*:*"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Open>().endpoint::<Tools>().endpoint::<Anywhere>();
    let host = host.endpoint::<Encrypted>();
    host.health(|checks| checks).allowed_hosts(["api.example.com", "*.test:8080"])
}

async fn status(target: &str, headers: &[(&str, &str)]) -> u16 {
    let request = headers
        .iter()
        .fold(Request::get(target), |request, (name, value)| request.header(*name, *value));
    let request = request.body(String::new()).unwrap();
    host().build().unwrap().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_scheme_with_every_host_and_port_admits_no_other_scheme() {
    for (origin, expected) in [
        ("https://app.example", 204),
        ("https://app.example:8443", 204),
        ("http://app.example", 403),
        ("null", 403),
    ] {
        let headers = [("host", "api.example.com"), ("origin", origin)];
        assert_eq!(status("/internal/encrypted", &headers).await, expected, "{origin}");
    }
}

#[tokio::test]
async fn a_request_for_another_host_is_a_421_with_and_without_an_endpoint() {
    let app = host().build().unwrap();
    let evil = Request::get("/open?key=secret").header("host", "evil.example");
    assert_snapshot!(ask(&app, evil.body(String::new()).unwrap()).await, @r#"
    421 Misdirected Request
    content-type: application/problem+json

    {"type":"about:blank","title":"Misdirected Request","status":421,"detail":"the host of the request is absent or not allowed","instance":"/open","traceId":"T"}
    "#);
    assert_eq!(status("/open", &[("host", "api.example.com")]).await, 204);
    assert_eq!(status("/open", &[("host", "API.example.com:443")]).await, 204);
    assert_eq!(status("/open", &[("host", "a.test:8080")]).await, 204);
    assert_eq!(status("/open", &[("host", "a.test")]).await, 421);
    assert_eq!(status("/nowhere", &[("host", "api.example.com")]).await, 404);
    for target in ["/nowhere", "/open", "/internal/tools"] {
        assert_eq!(status(target, &[("host", "evil.example")]).await, 421, "{target}");
        assert_eq!(status(target, &[]).await, 421, "{target}");
    }
}

#[tokio::test]
async fn the_nearest_list_applies_alone_and_health_is_for_every_host() {
    assert_eq!(status("/internal/tools", &[("host", "localhost:3000")]).await, 204);
    assert_eq!(status("/internal/tools", &[("host", "api.example.com")]).await, 421);
    assert_eq!(status("/internal/anywhere", &[("host", "evil.example")]).await, 204);
    assert_eq!(status("/open", &[("host", "localhost")]).await, 421);
    assert_eq!(status("/health/live", &[("host", "10.1.2.3:8080")]).await, 200);
    assert_eq!(status("/health/ready", &[]).await, 200);
}

#[tokio::test]
async fn a_request_of_another_origin_is_a_403() {
    let with = |origin| [("host", "localhost"), ("origin", origin)];
    for origin in
        ["http://localhost", "http://localhost:5173", "https://127.0.0.1:3000", "http://[::1]"]
    {
        assert_eq!(status("/internal/tools", &with(origin)).await, 204, "{origin}");
    }
    for origin in ["http://evil.example", "null", "", "http://localhost.evil.example", "file://"] {
        assert_eq!(status("/internal/tools", &with(origin)).await, 403, "{origin}");
        // The endpoint has its own list of hosts, and its group's of origins.
        assert_eq!(status("/internal/anywhere", &with(origin)).await, 403, "{origin}");
    }
    let two = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://evil")];
    assert_eq!(status("/internal/tools", &two).await, 403);
}

#[tokio::test]
async fn no_other_header_names_the_host() {
    let others = ["x-forwarded-host", "forwarded", "x-original-host", "x-host"];
    for other in others {
        let value = if other == "forwarded" { "host=api.example.com" } else { "api.example.com" };
        let headers = [("host", "evil.example"), (other, value)];
        assert_eq!(status("/open", &headers).await, 421, "{other}");
    }
    // Also from a proxy that is trusted to name the client.
    let app = host().trust_x_forwarded_for(["10.0.0.0/8", "unix"]).build().unwrap();
    let request = Request::get("/open").header("host", "evil.example");
    let request = request.header("x-forwarded-host", "api.example.com");
    let answer = ask(&app, request.body(String::new()).unwrap()).await;
    assert!(answer.starts_with("421 "), "{answer}");
}

#[tokio::test]
async fn a_preflight_for_another_host_is_refused_and_the_refusal_has_the_format() {
    let host = host().cors(|cors| cors.allow_any_origin());
    let app = host.error_format(|_| ErrorBody::empty()).build().unwrap();
    let preflight = Request::builder().method(Method::OPTIONS).uri("/open");
    let preflight = preflight.header("access-control-request-method", "POST");
    let preflight = preflight.header("origin", "https://a.example").header("host", "evil.example");
    let answer = ask(&app, preflight.body(String::new()).unwrap()).await;
    assert_eq!(answer, "421 Misdirected Request\n");
}

#[tokio::test]
async fn rfc_9110_15_5_20_on_the_wire_the_authority_of_the_target_counts_too() {
    let host = host().bind("127.0.0.1:0").start().await.unwrap();
    let address = host.address();
    let ask = async |target: &str, host: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        talk(address, request).await.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(ask("/open", "api.example.com").await, "HTTP/1.1 204 No Content");
    assert_eq!(ask("/open", "evil.example").await, "HTTP/1.1 421 Misdirected Request");
    assert_eq!(ask("/open", "").await, "HTTP/1.1 421 Misdirected Request");
    let absolute = "http://api.example.com/open";
    assert_eq!(ask(absolute, "api.example.com").await, "HTTP/1.1 204 No Content");
    assert_eq!(ask(absolute, "evil.example").await, "HTTP/1.1 421 Misdirected Request");
    let evil = "http://evil.example/open";
    assert_eq!(ask(evil, "api.example.com").await, "HTTP/1.1 421 Misdirected Request");
    let old = talk(address, "GET /open HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 421 ") || old.starts_with("HTTP/1.1 421 "), "{old}");

    let mut http2 = Http2::connect(address).await;
    for (authority, status) in [("api.example.com", 204), ("evil.example", 421)] {
        let request = Request::get(format!("http://{authority}/open")).body(()).unwrap();
        let answer = http2.request(request).await.answer().await;
        assert_eq!(answer.head.status, status, "{authority}");
    }
}

endpoint! {
    Wrong: () => ();
    |config| {
        config.get("/wrong");
        config.allow_anonymous();
        config.allowed_hosts(["https://a.example"]);
        config.allowed_origins(["a.example"]);
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[test]
fn wrong_names_are_configuration_errors() {
    let host = Host::empty().endpoint::<Wrong>().allowed_hosts(["a b"]);
    let error = host.allowed_origins(Vec::<String>::new()).build().unwrap_err().to_string();
    let lines: Vec<_> =
        error.lines().skip(1).map(|line| line.split("allowed_names.rs").next()).collect();
    assert_eq!(lines.len(), 3, "{error}");
    for part in [
        "the host: `a b` is not a host",
        "`https://a.example` is not a host",
        "`a.example` is not an origin",
    ] {
        assert!(error.contains(part), "{error}");
    }
}
