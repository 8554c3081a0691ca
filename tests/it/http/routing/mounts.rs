//! Tower services that are mounted at a path of a host.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::routing::any;
use http::{Request, StatusCode, Uri};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body, ErrorBody, Identity, RateLimit, Settings, Stopping};
use insta::assert_snapshot;
use tower::util::MapResponseLayer;
use tower::{ServiceExt, service_fn};
use tower_http::services::ServeDir;

use crate::http::ask::text;
use crate::http::security::Tokens;
use crate::http::{ask, endpoint, get, talk};

/// Answers with the method, the target and the user that it sees.
fn echo() -> Router {
    async fn seen(request: AxumRequest) -> String {
        let user = request.extensions().get::<Identity>().unwrap().subject().map(str::to_owned);
        assert!(request.extensions().get::<Stopping>().is_some());
        format!("{} {} by {user:?}", request.method(), request.uri())
    }
    Router::new().fallback(any(seen))
}

fn open(mount: &mut Settings) {
    mount.allow_anonymous();
}

endpoint! {
    List: () => ();
    |config| {
        config.get("/api/list");
        config.get("/api/{id}/x");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("the endpoint").await }
}

fn host() -> Host {
    Host::empty().endpoint::<List>().authentication(Tokens)
}

fn app() -> Application {
    host().mount("/api", echo(), open).build().unwrap()
}

async fn send(app: &Application, method: &str, target: &str) -> String {
    ask(app, Request::builder().method(method).uri(target).body(String::new()).unwrap()).await
}

/// Returns the body of the response.
fn body(answer: &str) -> &str {
    answer.split_once("\n\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn a_service_answers_every_method_below_its_path_and_sees_the_target_without_it() {
    let app = app();
    for (target, seen) in [
        ("/api", "/"),
        ("/api/", "/"),
        ("/api/a/b?c=d%20e", "/a/b?c=d%20e"),
        ("/api?x", "/?x"),
        ("/%61pi/a%2Fb", "/a%2Fb"),
        ("/api/../list", "/../list"),
        ("http://a.example/api/a", "http://a.example/a"),
    ] {
        let answer = get(&app, target).await;
        assert_eq!(body(&answer), format!("GET {seen} by None"), "{target}");
    }
    for method in ["POST", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = send(&app, method, "/api/a").await;
        assert_eq!(body(&answer), format!("{method} /a by None"));
    }
    for target in ["/apix", "/ap", "/", "/API"] {
        assert!(get(&app, target).await.starts_with("404 "), "{target}");
    }
}

#[tokio::test]
async fn a_path_with_an_endpoint_is_the_endpoints_for_every_method() {
    let app = app();
    assert_eq!(body(&get(&app, "/api/list").await), "the endpoint");
    assert_eq!(body(&get(&app, "/api/7/x").await), "the endpoint");
    assert!(send(&app, "POST", "/api/list").await.starts_with("405 "));
    assert!(send(&app, "OPTIONS", "/api/list").await.starts_with("204 "));
    assert_eq!(body(&get(&app, "/api/list/").await), "GET /list/ by None");
    assert_eq!(body(&get(&app, "/api/7/y").await), "GET /7/y by None");
}

#[tokio::test]
async fn the_most_specific_mount_answers_and_one_at_the_root_the_rest() {
    let named = |name: &'static str| {
        service_fn(move |request: Request<Body>| async move {
            Ok::<_, Infallible>(http::Response::new(format!("{name} {}", request.uri())))
        })
    };
    let host = host().mount("/", named("root"), open).mount("/api/v2", named("v2"), open);
    let app = host.mount("/api", named("api"), open).build().unwrap();
    for (target, seen) in [
        ("/api/v2/a", "v2 /a"),
        ("/api/v2", "v2 /"),
        ("/api/v20", "api /v20"),
        ("/api/list", "the endpoint"),
        ("/other", "root /other"),
        ("/", "root /"),
    ] {
        assert_eq!(body(&get(&app, target).await), seen, "{target}");
    }
}

#[tokio::test]
async fn a_rest_that_begins_with_two_slashes_reaches_no_service() {
    let host = host().mount("/api", echo(), open).mount("/", echo(), open);
    let app = host.build().unwrap();
    for target in ["/api//evil.example/", "/api/\\evil.example", "//evil.example/a"] {
        let request = Request::get(target.parse::<Uri>().unwrap()).body(String::new()).unwrap();
        let answer = ask(&app, request).await;
        assert!(answer.starts_with("404 "), "{target}: {answer}");
    }
}

#[tokio::test]
async fn a_folder_is_served_and_no_path_leads_out_of_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("public")).unwrap();
    std::fs::create_dir(folder.path().join("public/docs")).unwrap();
    std::fs::write(folder.path().join("public/a.txt"), "hello").unwrap();
    std::fs::write(folder.path().join("secret.txt"), "hunter2").unwrap();
    let files = ServeDir::new(folder.path().join("public")).redirect_path_prefix("/files");
    let host = host().mount("/files", files, open).bind("127.0.0.1:0").start().await.unwrap();
    let ask = async |method: &str, target: &str| {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        talk(host.address(), head).await
    };
    let file = ask("GET", "/files/a.txt").await;
    assert!(file.starts_with("HTTP/1.1 200 OK\n") && file.ends_with("\n\nhello"), "{file}");
    let head = ask("HEAD", "/files/a.txt").await;
    assert!(head.contains("content-length: 5\n") && head.ends_with("\n\n"), "{head}");
    assert!(ask("GET", "/files/docs").await.contains("location: /files/docs/\n"));
    for target in ["/files/../secret.txt", "/files/%2e%2e/secret.txt", "/files/..%2fsecret.txt"] {
        let answer = ask("GET", target).await;
        assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("hunter2"), "{answer}");
    }
}

#[tokio::test]
async fn a_mount_is_closed_to_those_whom_its_rules_do_not_admit() {
    let closed = |mount: &mut Settings| mount.roles(["admin"]);
    let app = host().mount("/admin", echo(), closed).mount("/users", echo(), |mount| {
        mount.authenticated();
        mount.allow_query_token("token");
    });
    let app = app.defaults(|all| all.allow_anonymous()).build().unwrap();
    let with = async |target: &str, user: Option<&str>| {
        let request = user.into_iter().fold(Request::post(target), |request, user| {
            request.header("authorization", format!("Bearer {user}"))
        });
        ask(&app, request.body(String::new()).unwrap()).await
    };
    assert_snapshot!(with("/admin/a", None).await, @r#"
    401 Unauthorized
    content-type: application/problem+json
    www-authenticate: Bearer

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"the request has no valid credentials","instance":"/admin/a","traceId":"T"}
    "#);
    assert!(with("/admin/a", Some("ann")).await.starts_with("403 "));
    assert_eq!(body(&with("/admin/a", Some("boss")).await), "POST /a by Some(\"boss\")");
    assert!(with("/users/a", None).await.starts_with("401 "));
    // The token in the query is not for the service.
    assert!(with("/users/a?token=x", Some("ann")).await.ends_with("POST /a by Some(\"ann\")"));
    assert!(with("/users/a", Some("panics")).await.starts_with("500 "));
}

#[tokio::test]
async fn a_mount_has_the_limits_of_the_host_and_its_own() {
    let length =
        Router::new().fallback(any(async |body: axum::body::Bytes| body.len().to_string()));
    let limit = |mount: &mut Settings| {
        mount.allow_anonymous();
        mount.body_limit_bytes(10);
        mount.rate_limit(RateLimit::per_hour(3).by_header("x-client"));
    };
    let host = host().mount("/one", length.clone(), limit).mount("/other", length, limit);
    let app = host.build().unwrap();
    let post = async |target: &str, client: &str, body: Body| {
        let request = Request::post(target).header("x-client", client).body(body).unwrap();
        ask(&app, request).await
    };
    let chunked = |text: &'static str| {
        let chunks = text.as_bytes().chunks(4).map(|chunk| {
            Ok::<_, Infallible>(http_body::Frame::data(bytes::Bytes::from_static(chunk)))
        });
        let chunks: Vec<_> = chunks.collect();
        Body::boxed(http_body_util::StreamBody::new(futures_util::stream::iter(chunks)))
    };
    assert_eq!(body(&post("/one", "a", chunked("1234567890")).await), "10");
    let announced = post("/one", "b", Body::full("12345678901".into())).await;
    assert!(announced.starts_with("413 ") && announced.contains("larger than 10 bytes"));
    // Axum's own refusal of a body that fails.
    assert!(post("/one", "a", chunked("12345678901")).await.starts_with('4'));
    assert_eq!(body(&post("/one", "a", Body::default()).await), "0");
    let over = post("/one", "a", Body::default()).await;
    assert!(over.starts_with("429 ") && over.contains("\nretry-after: "), "{over}");
    assert_eq!(body(&post("/other", "a", Body::default()).await), "0");
}

#[tokio::test]
async fn layers_formats_and_rules_apply_to_a_mount() {
    let failing = service_fn(|request: Request<Body>| async move {
        match request.uri().path() {
            "/panics" => panic!("hunter2"),
            "/fails" => Err(std::io::Error::other("hunter2")),
            _ => Ok(http::Response::new(Body::full("fine".into()))),
        }
    });
    let marked = MapResponseLayer::new(|mut response: http::Response<Body>| {
        response.headers_mut().insert("x-layer", http::HeaderValue::from_static("seen"));
        response
    });
    let host = host().mount("/it", failing, |mount| {
        mount.allow_anonymous();
        mount.layer(marked.clone());
        mount.cors(|cors| cors.allow_origins(["https://a.example"]));
        mount.error_format(|problem| ErrorBody::new("text/plain", problem.title().to_owned()));
        mount.allowed_hosts(["a.example"]);
    });
    let app = host.build().unwrap();
    let at = async |method: &str, target: &str, host: &str| {
        let request = Request::builder().method(method).uri(target).header("host", host);
        let request = request.header("origin", "https://a.example");
        let request = request.header("access-control-request-method", "PUT");
        ask(&app, request.body(String::new()).unwrap()).await
    };
    let fine = at("GET", "/it", "a.example").await;
    assert!(fine.contains("x-layer: seen\n") && fine.ends_with("\n\nfine"), "{fine}");
    assert!(fine.contains("access-control-allow-origin: https://a.example\n"), "{fine}");
    for target in ["/it/panics", "/it/fails"] {
        let failed = at("GET", target, "a.example").await;
        assert!(
            failed.starts_with("500 ") && failed.ends_with("\n\nInternal Server Error"),
            "{failed}"
        );
    }
    let evil = at("GET", "/it", "evil.example").await;
    assert!(evil.starts_with("421 ") && evil.ends_with("\n\nMisdirected Request"), "{evil}");
    let preflight = at("OPTIONS", "/it", "a.example").await;
    assert!(preflight.contains("access-control-allow-methods: PUT\n"), "{preflight}");
    assert!(!preflight.contains("x-layer"), "{preflight}");
}

#[tokio::test]
async fn an_error_of_the_service_is_mapped_like_that_of_a_handler() {
    let failing = service_fn(async |_: Request<Body>| {
        Err::<http::Response<Body>, _>(std::io::Error::other("x"))
    });
    let host = host().mount("/it", failing, open);
    let host = host.problem_for(|_: &std::io::Error| Problem::new(StatusCode::BAD_GATEWAY));
    assert!(get(&host.build().unwrap(), "/it").await.starts_with("502 "));
}

#[test]
fn a_mount_is_listed_with_its_service_and_its_users() {
    let host = Host::empty().mount("/", echo(), open).authentication(Tokens);
    let host = host.mount("/admin", echo(), |mount| mount.roles(["admin"]));
    let app = host.build().unwrap();
    let lines = app.routes().join("\n");
    assert_snapshot!(lines, @r#"
    ANY     /{*path}  axum::routing::Router
    ANY     /admin/{*path}  axum::routing::Router
    "#);
    let listing = app.route_listing();
    let users: Vec<_> = listing.lines().map(|line| line.contains("everybody")).collect();
    assert_eq!(users, [true, false], "{listing}");
    assert!(listing.contains("admin") && listing.contains("mounts.rs:"), "{listing}");
}

endpoint! {
    Rest: () => ();
    |config| {
        config.get("/files/{*path}");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

#[test]
fn config_errors_of_mounts_are_told_at_start_up_all_at_once() {
    let host = Host::empty().endpoint::<Rest>();
    let host = host.mount("/open", echo(), |_| ());
    let host = host.mount("/inherited", echo(), |mount| mount.body_limit_bytes(1));
    let host = host.mount("files", echo(), open).mount("/a/{id}", echo(), open);
    let host = host.mount("/slash/", echo(), open).mount("/files", echo(), open);
    let host = host.mount("/twice", echo(), open).mount("/twice", echo(), open);
    let host = host.mount("/stray", echo(), |mount| {
        mount.allow_anonymous_verbs([http::Method::GET]);
        mount.version(2);
        mount.streams_per_user(1);
    });
    let host = host.mount("/both", echo(), |mount| {
        mount.allow_anonymous();
        mount.roles(["admin"]);
    });
    let host = host.defaults(|all| all.allow_anonymous());
    let error = host.build().unwrap_err().to_string();
    // Lines of this file change.
    let mut parts = error.split("tests/it/http/routing/mounts.rs:");
    let first = parts.next().unwrap_or_default().to_owned();
    let masked = parts.fold(first, |masked, part| {
        masked + "FILE" + part.trim_start_matches(|digit: char| digit.is_ascii_digit())
    });
    assert_snapshot!(masked, @r#"
    the host can't start: 12 configuration errors
      - the mount `/open` (FILE): no access rule is set; add `allow_anonymous()`, `authenticated()`, or a requirement such as `roles([…])`
      - the mount `/inherited` (FILE): no access rule is set; add `allow_anonymous()`, `authenticated()`, or a requirement such as `roles([…])`
      - the mount `files` (FILE): route `files` does not start with a slash; write `/` first
      - the mount `/a/{id}` (FILE): has a parameter; mount a service at a literal path
      - the mount `/slash/` (FILE): ends with a slash; remove the slash
      - the mount `/files` (FILE): the route `/files/{*path}` of `it::http::routing::mounts::Rest` (FILE) matches every path of the mount; remove one of them, or mount the service at `/` to answer the requests that no route matches
      - the mount `/twice` (FILE): the path is taken by the mount at FILE; keep one of them
      - the mount `/stray` (FILE): `allow_anonymous_verbs` is supported only for endpoints; remove it
      - the mount `/stray` (FILE): `version` is supported only for endpoints; remove it
      - the mount `/stray` (FILE): `streams_per_…` is supported only for endpoints; remove it
      - the mount `/stray` (FILE): needs an authenticated user, and no scheme is registered: add `.authentication(…)` to the host, or `config.allow_anonymous()` to the endpoint
      - the mount `/both` (FILE): allows anonymous users, but also requires roles; remove one of the two
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_ends_in_an_error_for_the_service() {
    let read = service_fn(async |request: Request<Body>| {
        let read = http_body_util::BodyExt::collect(request.into_body()).await;
        Ok::<_, Infallible>(http::Response::new(
            read.map_or_else(|error| error.to_string(), |_| String::new()),
        ))
    });
    let app = host().mount("/it", read, open).build().unwrap();
    let never =
        futures_util::stream::pending::<Result<http_body::Frame<bytes::Bytes>, Infallible>>();
    let body = Body::boxed(http_body_util::StreamBody::new(never));
    let before = tokio::time::Instant::now();
    let answer = app.oneshot(Request::post("/it").body(body).unwrap()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    let answer = text(answer).await;
    assert!(answer.ends_with("408 Request Timeout: the body arrived too slowly"), "{answer}");
}
