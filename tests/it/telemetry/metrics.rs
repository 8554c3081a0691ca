//! Metrics, in the Prometheus format.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::Request;
use hyperpoint::prelude::*;
use hyperpoint::{Prometheus, RateLimit, SendTopic, TopicLimits, TopicName, Topics};
use insta::assert_snapshot;

use crate::http::{ask, endpoint, talk};
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{eventually, within};

const PRICES: TopicName<u32> = TopicName::new("prices");

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: u32,
    text: String,
}

endpoint! {
    PutNote: Note => String;
    |config| {
        config.put("/notes/{id}");
        config.allow_anonymous();
        config.rate_limit(RateLimit::per_minute(2));
    }
    |Note { id, text }, cx| { cx.send.ok_async(format!("{id}: {text}")).await }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let ticks = stream::iter(1..=3).chain(stream::pending());
        cx.send.event_stream_async("tick", ticks).max_age(Duration::from_secs(9)).await
    }
}

endpoint! {
    Prices: () => Events<u32>;
    |config| {
        config.get("/prices");
        config.allow_anonymous();
    }
    |(), cx| {
        let topics = cx.services.get::<Topics>().unwrap_or_default();
        cx.send.topic_async(&topics.topic(PRICES)).await
    }
}

/// Restricts access to the metrics.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Counts {
    prometheus: Arc<Prometheus>,
}

impl Endpoint for Counts {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/counts");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.string_async(self.prometheus.render()).await
    }
}

fn host(prometheus: &Prometheus) -> Host {
    Host::empty().endpoint::<PutNote>().endpoint::<Ticks>().prometheus(prometheus)
}

fn request(method: &str, path: &str, body: &str) -> Request<String> {
    let request = Request::builder().method(method).uri(path);
    request.header("content-type", "application/json").body(body.to_owned()).unwrap()
}

/// Returns the metrics, without buckets.
fn counted(prometheus: &Prometheus) -> String {
    let text = prometheus.render();
    let is_value =
        |line: &&str| !line.is_empty() && !line.starts_with('#') && !line.contains("_bucket{");
    let mut lines: Vec<_> = text.lines().filter(is_value).collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_route_and_status() {
    let prometheus = Prometheus::new();
    let app = host(&prometheus).build().unwrap();
    for _ in 0..3 {
        ask(&app, request("PUT", "/notes/7", r#"{ "text": "milk" }"#)).await;
    }
    ask(&app, request("PUT", "/notes/x", "")).await;
    ask(&app, request("MADE-UP", "/made-up", "")).await;
    assert_snapshot!(counted(&prometheus), @r#"
    http_server_active_requests{http_request_method="PUT"} 0
    http_server_active_requests{http_request_method="_OTHER"} 0
    http_server_request_duration_seconds_count{http_request_method="PUT",http_route="/notes/{id}",http_response_status_code="200"} 2
    http_server_request_duration_seconds_count{http_request_method="PUT",http_route="/notes/{id}",http_response_status_code="429"} 2
    http_server_request_duration_seconds_count{http_request_method="_OTHER",http_route="",http_response_status_code="404"} 1
    http_server_request_duration_seconds_sum{http_request_method="PUT",http_route="/notes/{id}",http_response_status_code="200"} 0
    http_server_request_duration_seconds_sum{http_request_method="PUT",http_route="/notes/{id}",http_response_status_code="429"} 0
    http_server_request_duration_seconds_sum{http_request_method="_OTHER",http_route="",http_response_status_code="404"} 0
    hyperpoint_request_bytes_total{http_route="/notes/{id}"} 36
    hyperpoint_requests_refused_total{http_route="/notes/{id}",reason="over_limit"} 2
    hyperpoint_response_bytes_total{http_route=""} 122
    hyperpoint_response_bytes_total{http_route="/notes/{id}"} 370
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_counted_while_it_is_open_and_by_the_reason_of_its_end() {
    let prometheus = Prometheus::new();
    let app = host(&prometheus).build().unwrap();
    let mut aged = Memory::ask(&app, request("GET", "/ticks", "")).await;
    let mut left = Memory::ask(&app, request("GET", "/ticks", "")).await;
    aged.frame().await;
    left.frame().await;
    assert_snapshot!(counted(&prometheus), @r#"
    http_server_active_requests{http_request_method="GET"} 0
    http_server_request_duration_seconds_count{http_request_method="GET",http_route="/ticks",http_response_status_code="200"} 2
    http_server_request_duration_seconds_sum{http_request_method="GET",http_route="/ticks",http_response_status_code="200"} 0
    hyperpoint_stream_bytes_total{http_route="/ticks"} 150
    hyperpoint_stream_events_total{http_route="/ticks"} 6
    hyperpoint_streams_open{http_route="/ticks"} 2
    "#);
    drop(left);
    aged.rest().await;
    drop(aged);
    assert_snapshot!(counted(&prometheus), @r#"
    http_server_active_requests{http_request_method="GET"} 0
    http_server_request_duration_seconds_count{http_request_method="GET",http_route="/ticks",http_response_status_code="200"} 2
    http_server_request_duration_seconds_sum{http_request_method="GET",http_route="/ticks",http_response_status_code="200"} 0
    hyperpoint_stream_bytes_total{http_route="/ticks"} 189
    hyperpoint_stream_duration_seconds_count{http_route="/ticks"} 2
    hyperpoint_stream_duration_seconds_sum{http_route="/ticks"} 9
    hyperpoint_stream_events_total{http_route="/ticks"} 6
    hyperpoint_streams_ended_total{http_route="/ticks",reason="aged"} 1
    hyperpoint_streams_ended_total{http_route="/ticks",reason="client_left"} 1
    hyperpoint_streams_open{http_route="/ticks"} 0
    "#);
    ask(&app, request("HEAD", "/ticks", "")).await;
    assert!(counted(&prometheus).contains(r#"hyperpoint_streams_open{http_route="/ticks"} 0"#));
}

#[tokio::test(start_paused = true)]
async fn topics_are_counted() {
    let prometheus = Prometheus::new();
    let topics = Topics::new(|options| {
        options.limits = TopicLimits { events: 3, ..TopicLimits::DEFAULT };
    });
    let host = Host::empty().endpoint::<Prices>().service(Arc::new(topics.clone()));
    let app = host.prometheus(&prometheus).build().unwrap();
    let mut prices = Memory::ask(&app, request("GET", "/prices", "")).await;
    assert!(prices.frame().await.unwrap().contains("event: ready"));
    // First one at the end of the log, then two at a time, then one more than the log keeps.
    for count in [1, 2, 4] {
        for price in 0..count {
            topics.topic(PRICES).publish(&price).await.unwrap();
        }
        prices.frame().await;
    }
    prices.frame().await;
    assert_snapshot!(counted(&prometheus), @r#"
    http_server_active_requests{http_request_method="GET"} 0
    http_server_request_duration_seconds_count{http_request_method="GET",http_route="/prices",http_response_status_code="200"} 1
    http_server_request_duration_seconds_sum{http_request_method="GET",http_route="/prices",http_response_status_code="200"} 0
    hyperpoint_stream_bytes_total{http_route="/prices"} 414
    hyperpoint_stream_events_total{http_route="/prices"} 6
    hyperpoint_streams_open{http_route="/prices"} 1
    hyperpoint_topic_events_published_total 7
    hyperpoint_topic_gaps_total{reason="lagged"} 1
    hyperpoint_topic_lag_events_count 2
    hyperpoint_topic_lag_events_sum 5
    "#);
}

#[tokio::test]
async fn connections_are_counted_by_the_reason_of_their_end() {
    let prometheus = Prometheus::new();
    let host = host(&prometheus).bind("127.0.0.1:0").options(|options| {
        options.connections_per_address = Some(1);
        options.request_head = Duration::from_millis(50);
    });
    let host = host.start().await.unwrap();
    let has = |line: &str| counted(&prometheus).lines().any(|counted| counted == line);
    let slow = Raw::open(host.address(), "GET").await;
    eventually(|| has("hyperpoint_connections_open 1")).await;
    let refused = Raw::connect(host.address()).await;
    eventually(|| has(r#"hyperpoint_connections_refused_total{reason="address_full"} 1"#)).await;
    eventually(|| has(r#"hyperpoint_connections_closed_total{reason="request_head"} 1"#)).await;
    assert!(has("hyperpoint_connections_open 0"), "{}", counted(&prometheus));
    drop((slow, refused));
    let bad = talk(host.address(), "GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert!(bad.starts_with("HTTP/1.1 400"), "{bad}");
    let line = r#"hyperpoint_requests_refused_total{http_route="",reason="bad_head"} 1"#;
    assert!(has(line), "{}", counted(&prometheus));
    eventually(|| has(r#"hyperpoint_connections_closed_total{reason="closed"} 1"#)).await;
    within(host.stop()).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_failure_to_accept_that_is_no_lack_of_descriptors_is_counted() {
    let prometheus = Prometheus::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&listener).shutdown(std::net::Shutdown::Both).unwrap();
    let host = host(&prometheus).listener(listener).start().await.unwrap();
    let line = r#"hyperpoint_connections_refused_total{reason="accept_failed"} "#;
    eventually(|| counted(&prometheus).contains(line)).await;
    within(host.stop()).await;
}

#[tokio::test]
async fn the_metrics_are_served_at_the_operations_address_only() {
    let prometheus = Prometheus::new();
    let host = host(&prometheus).endpoint::<Counts>().bind("127.0.0.1:0");
    let host = host.management("127.0.0.1:0").start().await.unwrap();
    let get = |path| format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert!(talk(host.address(), get("/metrics")).await.starts_with("HTTP/1.1 404"));
    let told = talk(host.management_address().unwrap(), get("/metrics")).await;
    assert!(told.contains("content-type: text/plain; version=0.0.4; charset=utf-8\n"), "{told}");
    let line = r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="",http_response_status_code="404"} 1"#;
    assert!(told.contains(line), "{told}");
    assert!(told.contains("# HELP hyperpoint_connections_open open connections"), "{told}");
    assert!(talk(host.address(), get("/counts")).await.contains(line));
    within(host.stop()).await;
}

#[test]
fn metrics_of_the_program_are_served_with_the_others() {
    let prometheus = Prometheus::new();
    prometheus.install().unwrap();
    metrics::counter!("orders_total").increment(3);
    assert_eq!(counted(&prometheus), "orders_total 3");
    let error = Prometheus::new().install().unwrap_err().to_string();
    assert!(error.contains("the process already has a global recorder of `metrics`"), "{error}");
}
