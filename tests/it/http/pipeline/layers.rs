//! Tower layers around the application.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyperpoint::prelude::*;
use hyperpoint::{Application, Body};
use insta::assert_snapshot;
use tower::util::{BoxCloneSyncService, MapRequestLayer, MapResponseLayer};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};
use tower_http::normalize_path::NormalizePathLayer;
use tower_layer::layer_fn;

use crate::http::{endpoint, get};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Inner = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

endpoint! {
    Hello: () => ();
    |config| {
        config.get("/hello");
        config.allow_anonymous();
    }
    |(), cx| {
        let from = cx.request.headers.get("x-from").and_then(|value| value.to_str().ok());
        let text = format!("hello {}", from.unwrap_or("you"));
        cx.send.string_async(text).await
    }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::iter(1..3)).retry(std::time::Duration::from_secs(1)).await }
}

fn host() -> Host {
    Host::empty().endpoint::<Hello>().endpoint::<Ticks>()
}

fn adds(
    value: &'static str,
) -> MapResponseLayer<impl Fn(Response<Body>) -> Response<Body> + Clone> {
    MapResponseLayer::new(move |mut response: Response<Body>| {
        let name = http::HeaderName::from_static("x-layer");
        response.headers_mut().append(name, HeaderValue::from_static(value));
        response
    })
}

#[tokio::test]
async fn a_layer_of_the_host_may_change_the_path_before_it_is_matched() {
    let app = host().layer(NormalizePathLayer::trim_trailing_slash()).build().unwrap();
    assert!(get(&app, "/hello/").await.starts_with("200"));
    assert!(get(&host().build().unwrap(), "/hello/").await.starts_with("404"));
}

#[tokio::test]
async fn a_layer_changes_requests_and_responses() {
    let from = MapRequestLayer::new(|mut request: Request<Body>| {
        request.headers_mut().insert("x-from", HeaderValue::from_static("a layer"));
        request
    });
    let app = host().layer(adds("one")).layer(from).build().unwrap();
    assert_snapshot!(get(&app, "/hello").await, @"
    200 OK
    content-type: text/plain; charset=utf-8
    x-layer: one

    hello a layer
    ");
    assert!(get(&app, "/nowhere").await.contains("x-layer: one"));
    assert_snapshot!(get(&app, "/ticks").await, @"
    200 OK
    cache-control: no-cache, no-transform
    content-type: text/event-stream
    x-accel-buffering: no
    x-layer: one

    event: tick
    retry: 1000
    data: 1

    event: tick
    data: 2
    ");
}

#[tokio::test]
async fn the_last_layer_is_outermost() {
    let app = host().layer(adds("inner")).layer(adds("outer")).build().unwrap();
    let response = app.oneshot(Request::get("/hello").body(String::new()).unwrap()).await.unwrap();
    let order: Vec<_> = response.headers().get_all("x-layer").iter().collect();
    assert_eq!(order, ["inner", "outer"]);
}

#[derive(Debug)]
struct Overloaded;

impl std::fmt::Display for Overloaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hunter2")
    }
}

impl std::error::Error for Overloaded {}

fn failing() -> Host {
    host().layer(layer_fn(|_inner| {
        service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>(Overloaded) })
    }))
}

#[tokio::test]
async fn a_failing_layer_is_a_500() {
    assert_snapshot!(get(&failing().build().unwrap(), "/hello?x=1").await, @r#"
    500 Internal Server Error
    content-type: application/problem+json

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/hello","traceId":"T"}
    "#);
}

#[tokio::test]
async fn the_error_mapping_of_the_host_sets_the_status_of_a_failing_layer() {
    let rule = |_: &Overloaded| Problem::new(StatusCode::TOO_MANY_REQUESTS);
    let app = failing().problem_for(rule).build().unwrap();
    assert!(get(&app, "/hello").await.starts_with("429 "));
}

#[tokio::test]
async fn the_problem_of_a_layer_has_the_trace_id_of_its_request() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request =
        Request::get("/hello").header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let response = failing().build().unwrap().oneshot(request.body(String::new()).unwrap());
    let body = response.await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains(trace), "{body:?}");
}

/// Uppercases the response and returns it with a body of another type.
async fn uppercase(
    inner: Inner,
    request: Request<Body>,
) -> Result<Response<Full<Bytes>>, BoxError> {
    let (parts, body) = inner.oneshot(request).await?.into_parts();
    let text = body.collect().await?.to_bytes().to_ascii_uppercase();
    Ok(Response::from_parts(parts, Full::new(Bytes::from(text))))
}

#[tokio::test]
async fn a_layer_may_respond_with_its_own_body_type() {
    let shouts =
        layer_fn(|inner: Inner| service_fn(move |request| uppercase(inner.clone(), request)));
    let app = host().layer(shouts).build().unwrap();
    assert_snapshot!(get(&app, "/hello").await, @"
    200 OK
    content-type: text/plain; charset=utf-8

    HELLO YOU
    ");
}

/// A layer written as a function that wraps any service.
fn quiet<S>(
    inner: S,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future: Send> + Clone
where
    S: Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future: Send> + Clone,
{
    inner.map_response(|response| response.map(|_| Body::default()))
}

#[tokio::test]
async fn a_layer_may_be_a_function_that_wraps_any_service() {
    let app = host().layer(layer_fn(quiet)).build().unwrap();
    let answer = get(&app, "/hello").await;
    assert!(answer.starts_with("200 OK\n"), "{answer}");
    assert!(!answer.contains("hello"), "{answer}");
}

endpoint! {
    Note: String => usize;
    |config| {
        config.post("/note");
        config.allow_anonymous();
        config.body_limit_bytes(1000);
    }
    |text, cx| { cx.send.ok_async(text.len()).await }
}

/// Sends a JSON text of this length, gzipped, with this `content-encoding`, and renders the
/// response.
async fn post_gzipped(app: &Application, length: usize, coding: &str) -> Response<Body> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    write!(gzip, "\"{}\"", "x".repeat(length)).unwrap();
    let body = Full::new(Bytes::from(gzip.finish().unwrap()));
    let request = Request::post("/note").header("content-type", "application/json");
    let request = request.header("content-encoding", coding).body(body).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_layer_decompresses_bodies_within_the_limit_of_the_endpoint() {
    let decompress = ServiceBuilder::new()
        .layer(RequestDecompressionLayer::new())
        .map_request(|request: Request<DecompressionBody<Body>>| request.map(Body::boxed));
    let app = Host::empty().endpoint::<Note>().layer(decompress).build().unwrap();
    let answer = post_gzipped(&app, 900, "gzip").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "900");
    let bomb = post_gzipped(&app, 1_000_000, "gzip").await;
    assert_eq!(bomb.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let unknown = post_gzipped(&app, 900, "rot13").await;
    assert_eq!(unknown.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(unknown.headers()["accept-encoding"].to_str().unwrap().contains("gzip"));
}
