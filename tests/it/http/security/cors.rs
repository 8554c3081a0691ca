//! Cross-origin access to responses (WHATWG Fetch, "CORS protocol").

use http::{HeaderName, Method, Request};
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::authentication::Tokens;
use crate::http::{ask, endpoint};

endpoint! {
    Open: () => ();
    |config| {
        config.get("/open");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin().expose_headers([HeaderName::from_static("x-total")]));
    }
    |(), cx| { cx.send.string_async("open").await }
}

endpoint! {
    Private: () => ();
    |config| {
        config.get("/private");
        config.put("/private");
        config.cors(|cors| cors.allow_origins(["https://a.example"]).allow_credentials());
        config.body_limit_bytes(1);
    }
    |(), cx| { cx.send.string_async("private").await }
}

endpoint! {
    Partners: () => ();
    |config| {
        config.get("/partners");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_origins(["https://a.example", "https://b.example"]).allow_credentials());
    }
    |(), cx| { cx.send.string_async("partners").await }
}

endpoint! {
    Plain: () => ();
    |config| {
        config.get("/plain");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("plain").await }
}

fn host() -> Host {
    let host = Host::empty().endpoint::<Open>().endpoint::<Private>();
    let host = host.endpoint::<Partners>().endpoint::<Plain>();
    host.authentication(Tokens)
}

fn app() -> Application {
    host().build().unwrap()
}

async fn from(
    app: &Application,
    origin: &str,
    method: &str,
    target: &str,
    more: &[(&str, &str)],
) -> String {
    let request = Request::builder().method(method).uri(target).header("origin", origin);
    let request = more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    ask(app, request.body(String::new()).unwrap()).await
}

async fn preflight(app: &Application, target: &str, method: Method) -> String {
    let asked = [("access-control-request-method", method.as_str())];
    from(app, "https://a.example", "OPTIONS", target, &asked).await
}

/// Returns the value of this header in the response.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

#[tokio::test]
async fn a_preflight_is_answered_before_authentication() {
    assert_snapshot!(preflight(&app(), "/private", Method::PUT).await, @"
    200 OK
    access-control-allow-credentials: true
    access-control-allow-headers: accept,authorization,cache-control,content-type,last-event-id
    access-control-allow-methods: PUT
    access-control-allow-origin: https://a.example
    access-control-max-age: 3600
    vary: origin
    ");
}

#[tokio::test]
async fn any_origin_is_a_star_without_credentials() {
    assert_snapshot!(preflight(&app(), "/open", Method::GET).await, @"
    200 OK
    access-control-allow-headers: accept,authorization,cache-control,content-type,last-event-id
    access-control-allow-methods: GET,HEAD
    access-control-allow-origin: *
    access-control-max-age: 3600
    ");
    assert_snapshot!(from(&app(), "https://a.example", "GET", "/open", &[]).await, @"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: x-total
    content-type: text/plain; charset=utf-8

    open
    ");
}

#[tokio::test]
async fn with_credentials_the_requesting_origin_is_echoed() {
    let token = [("authorization", "Bearer ann")];
    assert_snapshot!(from(&app(), "https://a.example", "GET", "/private", &token).await, @"
    200 OK
    access-control-allow-credentials: true
    access-control-allow-origin: https://a.example
    content-type: text/plain; charset=utf-8
    vary: origin

    private
    ");
}

#[tokio::test]
async fn a_list_of_origins_allows_only_those_origins() {
    assert_snapshot!(from(&app(), "https://b.example", "GET", "/partners", &[]).await, @"
    200 OK
    access-control-allow-credentials: true
    access-control-allow-origin: https://b.example
    content-type: text/plain; charset=utf-8
    vary: origin

    partners
    ");
    for origin in ["https://c.example", "http://a.example", "https://a.example.evil", "null"] {
        let answer = from(&app(), origin, "GET", "/partners", &[]).await;
        assert_eq!(header(&answer, ALLOW_ORIGIN), None, "{origin}");
        assert!(answer.contains("vary: origin"), "{origin}: {answer}");
        assert!(answer.ends_with("\npartners"), "{origin}");
    }
}

#[tokio::test]
async fn a_script_may_read_a_refusal_too() {
    let nobody = from(&app(), "https://a.example", "GET", "/private", &[]).await;
    assert_snapshot!(nobody, @r#"
    401 Unauthorized
    access-control-allow-credentials: true
    access-control-allow-origin: https://a.example
    content-type: application/problem+json
    vary: origin
    www-authenticate: Bearer

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/private","traceId":"T"}
    "#);
    let large = Request::put("/private").header("origin", "https://a.example");
    let large = ask(&app(), large.body("12".to_owned()).unwrap()).await;
    assert!(large.starts_with("413 "), "{large}");
    assert_eq!(header(&large, ALLOW_ORIGIN), Some("https://a.example"));
}

#[tokio::test]
async fn without_rules_another_origin_gets_no_cors_headers() {
    let answer = from(&app(), "https://a.example", "GET", "/plain", &[]).await;
    assert_snapshot!(answer, @"
    200 OK
    content-type: text/plain; charset=utf-8

    plain
    ");
    let answer = preflight(&app(), "/plain", Method::GET).await;
    assert_snapshot!(answer, @"
    204 No Content
    allow: GET, HEAD, OPTIONS
    ");
}

#[tokio::test]
async fn a_preflight_for_an_unsupported_method_allows_no_other_method() {
    let app = host().cors(|cors| cors.allow_origins(["https://a.example"])).build().unwrap();
    for target in ["/plain", "/nowhere"] {
        let answer = preflight(&app, target, Method::DELETE).await;
        assert_eq!(header(&answer, ALLOW_ORIGIN), Some("https://a.example"), "{target}");
        assert_eq!(header(&answer, "access-control-allow-methods"), Some("DELETE"), "{target}");
    }
}

#[tokio::test]
async fn the_rules_of_the_host_apply_if_an_endpoint_has_none() {
    let app = host().cors(|cors| cors.allow_origins(["https://a.example"])).build().unwrap();
    for (method, target, status) in
        [("GET", "/plain", "200"), ("GET", "/nowhere", "404"), ("PUT", "/plain", "405")]
    {
        let answer = from(&app, "https://a.example", method, target, &[]).await;
        assert!(answer.starts_with(status), "{answer}");
        assert_eq!(header(&answer, ALLOW_ORIGIN), Some("https://a.example"), "{target}");
    }
    let own = from(&app, "https://c.example", "GET", "/open", &[]).await;
    assert_eq!(header(&own, ALLOW_ORIGIN), Some("*"));
    let nowhere = preflight(&app, "/nowhere", Method::POST).await;
    assert_eq!(header(&nowhere, ALLOW_ORIGIN), Some("https://a.example"));
}

const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

#[tokio::test]
async fn credentials_are_allowed_only_to_an_allowed_origin() {
    let app = app();
    for method in [Method::GET, Method::OPTIONS] {
        let more = [("access-control-request-method", "GET")];
        let more = if method == Method::OPTIONS { &more[..] } else { &[] };
        let allowed = from(&app, "https://b.example", method.as_str(), "/partners", more).await;
        assert_eq!(header(&allowed, ALLOW_CREDENTIALS), Some("true"), "{allowed}");
        for origin in ["https://c.example", "null", ""] {
            let answer = from(&app, origin, method.as_str(), "/partners", more).await;
            assert_eq!(header(&answer, ALLOW_CREDENTIALS), None, "{answer}");
        }
    }
    let plain = ask(&app, Request::get("/partners").body(String::new()).unwrap()).await;
    assert_eq!(header(&plain, ALLOW_CREDENTIALS), None, "{plain}");
}

#[tokio::test]
async fn a_star_in_a_list_of_origins_is_any_origin() {
    for list in [&["*"][..], &["https://b.example", "*"][..]] {
        let app = host().cors(|cors| cors.allow_origins(list.iter().copied())).build().unwrap();
        let answer = from(&app, "https://a.example", "GET", "/plain", &[]).await;
        assert_eq!(header(&answer, ALLOW_ORIGIN), Some("*"));
    }
}

#[test]
fn credentials_beside_any_origin_are_a_configuration_error() {
    endpoint! {
        Careless: () => ();
        |config| {
            config.get("/careless");
            config.allow_anonymous();
            config.cors(|cors| cors.allow_credentials().allow_any_origin());
        }
        |(), cx| { cx.send.string_async("careless").await }
    }
    let host = Host::empty().endpoint::<Careless>();
    let host = host.cors(|cors| cors.allow_origins(["*"]).allow_credentials());
    assert_snapshot!(host.build().unwrap_err(), @"
    the host can't start: 2 configuration errors
      - the host's `cors`: allows any origin and credentials, so that every page on the web could act as its visitor; name the origins by `allow_origins([…])`
      - `it::http::security::cors::credentials_beside_any_origin_are_a_configuration_error::Careless` (tests/it/http/security/cors.rs:242): allows any origin and credentials, so that every page on the web could act as its visitor; name the origins by `allow_origins([…])`
    ");
}

endpoint! {
    WrongHeaders: () => ();
    |config| {
        config.get("/wrong-headers");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin().allow_headers(["x-api-key", "x api key"]).expose_headers(["ü"]));
    }
    |(), cx| { cx.send.string_async("never").await }
}

#[tokio::test]
async fn allowed_headers_are_named_by_text() {
    let host = host().cors(|cors| cors.allow_any_origin().allow_headers(["X-Api-Key"]));
    let answer = preflight(&host.build().unwrap(), "/plain", Method::GET).await;
    assert!(answer.contains(",x-api-key\n"), "{answer}");
    let wrong = |cors: hyperpoint::Cors| cors.allow_any_origin().allow_headers(["a b"]);
    let error = Host::empty().endpoint::<WrongHeaders>().cors(wrong).build().unwrap_err();
    let text = error.to_string();
    let line = "is not the name of a header; write one such as `x-api-key`";
    for name in ["the host's `cors`: `a b`", "`x api key`", "`ü`"] {
        assert!(text.contains(&format!("{name} {line}")), "{text}");
    }
}
