//! The spans of a request and of its event stream.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::{Method, Request};
use hyperpoint::prelude::*;
use hyperpoint::schemes::ApiKeys;
use hyperpoint::{Application, Identity, RateLimit};
use insta::assert_snapshot;

use super::captured::Captured;
use crate::http::{ask, endpoint};
use crate::wire::memory::Memory;

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: u32,
    text: String,
}

endpoint! {
    PutNote: Note => String;
    |config| {
        config.put("/notes/{id}");
        config.rate_limit(RateLimit::per_minute(1));
    }
    |Note { id, text }, cx| {
        tracing::info!("the handler is at work");
        cx.send.ok_async(format!("{id}: {text}")).await
    }
}

/// Logs that it is dropped.
struct Gone;

impl Drop for Gone {
    fn drop(&mut self) {
        tracing::info!("the handler is gone");
    }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let _gone = Gone;
        let later = stream::once(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            tracing::info!("a second later");
        });
        let ticks = stream::iter(1..=3).chain(later.flat_map(|()| stream::pending()));
        cx.send.event_stream_async("tick", ticks).max_age(Duration::from_secs(9)).await
    }
}

endpoint! {
    Fails: () => String;
    |config| {
        config.get("/fails");
        config.allow_anonymous();
    }
    |(), _cx| { Err(Problem::internal("the disk is full")) }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<PutNote>().endpoint::<Ticks>().endpoint::<Fails>();
    let host =
        host.authentication(ApiKeys::new().key("key-0123456789abcdef", Identity::user("ann")));
    host.traces(|traces| traces.user_ids()).build().unwrap()
}

fn put(target: &str) -> Request<String> {
    let request = Request::put(target).header("x-api-key", "key-0123456789abcdef");
    let request = request.header("content-type", "application/json");
    request.body(r#"{ "text": "milk" }"#.to_owned()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_finished_request_logs_its_route_status_size_and_user() {
    let (app, log) = (app(), Captured::new());
    assert!(ask(&app, put("/notes/7?token=secret")).await.ends_with("\n\"7: milk\""));
    assert_snapshot!(log.text(), @r#"
    INFO request{otel.name="PUT /notes/{id}" otel.kind="server" http.request.method="PUT" http.route="/notes/{id}" network.protocol.version="1.1" trace_id="T" span_id="S" user.id="ann"}: it::telemetry::spans: the handler is at work
    INFO request{otel.name="PUT /notes/{id}" otel.kind="server" http.request.method="PUT" http.route="/notes/{id}" network.protocol.version="1.1" trace_id="T" span_id="S" user.id="ann" http.response.status_code=200 http.request.body.size=18 http.response.body.size=9}: hyperpoint::request: answered duration_ms=0.0 client_left=false
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_logs_a_reason_beyond_its_status() {
    let (app, log) = (app(), Captured::new());
    ask(&app, put("/notes/7")).await;
    let before = log.text().len();
    assert!(ask(&app, put("/notes/7")).await.starts_with("429"));
    ask(&app, Request::get("/nowhere").body(String::new()).unwrap()).await;
    let made_up = Method::from_bytes(b"MADE-UP").unwrap();
    ask(&app, Request::builder().method(made_up).uri("/ticks").body(String::new()).unwrap()).await;
    ask(&app, Request::get("/fails").body(String::new()).unwrap()).await;
    assert_snapshot!(log.text()[before..], @r#"
    INFO request{otel.name="PUT /notes/{id}" otel.kind="server" http.request.method="PUT" http.route="/notes/{id}" network.protocol.version="1.1" trace_id="T" span_id="S" user.id="ann" refusal="over_limit" http.response.status_code=429 http.request.body.size=0 http.response.body.size=176}: hyperpoint::request: answered duration_ms=0.0 client_left=false
    INFO request{otel.name="GET" otel.kind="server" http.request.method="GET" network.protocol.version="1.1" trace_id="T" span_id="S" http.response.status_code=404 http.request.body.size=0 http.response.body.size=122}: hyperpoint::request: answered duration_ms=0.0 client_left=false
    INFO request{otel.name="_OTHER" otel.kind="server" http.request.method="_OTHER" network.protocol.version="1.1" trace_id="T" span_id="S" http.response.status_code=405 http.request.body.size=0 http.response.body.size=129}: hyperpoint::request: answered duration_ms=0.0 client_left=false
    INFO request{otel.name="GET /fails" otel.kind="server" http.request.method="GET" http.route="/fails" network.protocol.version="1.1" trace_id="T" span_id="S" http.response.status_code=500 otel.status_code="ERROR" http.request.body.size=0 http.response.body.size=132}: hyperpoint::request: answered duration_ms=0.0 client_left=false
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_finished_stream_logs_its_events_and_its_end() {
    let (app, log) = (app(), Captured::new());
    let mut answer = Memory::ask(&app, Request::get("/ticks").body(String::new()).unwrap()).await;
    answer.frame().await;
    assert_snapshot!(log.text(), @r#"INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream: hyperpoint::stream: opened"#);
    let before = log.text().len();
    answer.rest().await;
    drop(answer);
    assert_snapshot!(log.text()[before..], @r#"
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream: it::telemetry::spans: a second later
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream: it::telemetry::spans: the handler is gone
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream{stream.events=3 stream.bytes=114 stream.end="aged"}: hyperpoint::stream: ended duration_ms=9000.0
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S" http.response.status_code=200 http.request.body.size=0 http.response.body.size=114}: hyperpoint::request: answered duration_ms=9000.0 client_left=false
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_is_logged() {
    let (app, log) = (app(), Captured::new());
    let mut answer = Memory::ask(&app, Request::get("/ticks").body(String::new()).unwrap()).await;
    answer.frame().await;
    let before = log.text().len();
    drop(answer);
    assert_snapshot!(log.text()[before..], @r#"
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream: it::telemetry::spans: the handler is gone
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S"}:event_stream{stream.events=3 stream.bytes=75 stream.end="client_left"}: hyperpoint::stream: ended duration_ms=0.0
    INFO request{otel.name="GET /ticks" otel.kind="server" http.request.method="GET" http.route="/ticks" network.protocol.version="1.1" trace_id="T" span_id="S" http.response.status_code=200 http.request.body.size=0 http.response.body.size=75}: hyperpoint::request: answered duration_ms=0.0 client_left=true
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_host_without_traces_has_no_spans() {
    let (app, log) = (Host::empty().endpoint::<Ticks>().build().unwrap(), Captured::new());
    let mut answer = Memory::ask(&app, Request::get("/ticks").body(String::new()).unwrap()).await;
    answer.rest().await;
    drop(answer);
    assert_snapshot!(log.text(), @"
    INFO it::telemetry::spans: a second later
    INFO it::telemetry::spans: the handler is gone
    ");
}
