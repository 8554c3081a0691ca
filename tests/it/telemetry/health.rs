//! Health checks.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Health, Running};
use insta::assert_snapshot;
use tokio::net::TcpStream;

use crate::http::{ask, endpoint, talk};
use crate::wire::raw::Raw;
use crate::wire::within;

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

/// Reports in its own way whether the host is ready.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Own {
    health: Arc<Health>,
}

impl Endpoint for Own {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/own");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.health.ready().await?;
        cx.send.string_async("fine").await
    }
}

fn host() -> Host {
    Host::empty().endpoint::<Idle>().endpoint::<Own>()
}

async fn get(host: Host, path: &str) -> String {
    let request = http::Request::get(path).body(String::new()).unwrap();
    ask(&host.build().unwrap(), request).await
}

#[tokio::test]
async fn health_is_not_served_unless_configured() {
    assert!(get(host(), "/health/live").await.starts_with("404"));
    assert!(get(host(), "/health/ready").await.starts_with("404"));
    assert!(get(host(), "/own").await.ends_with("\nfine"));
}

#[tokio::test(start_paused = true)]
async fn checks_are_run_and_failing_ones_are_named() {
    let well =
        |checks: hyperpoint::HealthChecks| checks.check("well", async || Ok::<_, String>(()));
    let ill = |checks: hyperpoint::HealthChecks| {
        let checks = checks.check("database", async || Err("the password of root is wrong"));
        checks.check("queue", async || std::future::pending::<Result<(), String>>().await)
    };
    assert_snapshot!(get(host().health(well), "/health/ready").await, @"
    200 OK
    cache-control: no-store
    content-type: text/plain; charset=utf-8

    ready
    ");
    assert_snapshot!(get(host().health(|checks| ill(well(checks))), "/health/ready").await, @r#"
    503 Service Unavailable
    cache-control: no-store
    content-type: application/problem+json

    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"a check fails","instance":"/health/ready","traceId":"T","errors":[{"name":"database","reason":"is not ready","code":"not_ready"},{"name":"queue","reason":"is not ready","code":"not_ready"}]}
    "#);
    assert_snapshot!(get(host().health(ill), "/health/live").await, @"
    200 OK
    cache-control: no-store
    content-type: text/plain; charset=utf-8

    live
    ");
    assert!(get(host().health(ill), "/own").await.starts_with("503"));
}

async fn start(host: Host) -> Running {
    let host = host.options(|options| options.drain_window = Duration::from_secs(20));
    host.bind("127.0.0.1:0").start().await.unwrap()
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_stopping_host_is_live_and_not_ready() {
    let running = start(host().health(|checks| checks)).await;
    let address = running.address();
    assert!(talk(address, request("/health/ready")).await.ends_with("\nready\n"));
    let mut stream = Raw::get(address, "/idle").await;
    stream.head().await;
    running.stopping().request();
    let told = talk(address, request("/health/ready")).await;
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    assert!(told.contains(r#""detail":"the host is stopping""#), "{told}");
    assert!(talk(address, request("/health/live")).await.starts_with("HTTP/1.1 200"));
    drop(stream);
    within(running.stop()).await;
}

#[tokio::test]
async fn the_operations_address_is_separate() {
    let running = start(host().health(|checks| checks).management("127.0.0.1:0")).await;
    let (address, management) = (running.address(), running.management_address().unwrap());
    assert!(talk(address, request("/health/ready")).await.starts_with("HTTP/1.1 404"));
    assert!(talk(management, request("/idle")).await.starts_with("HTTP/1.1 404"));
    assert!(talk(management, request("/health/live")).await.ends_with("\nlive\n"));
    let mut stream = Raw::get(address, "/idle").await;
    stream.head().await;
    running.stopping().request();
    assert!(talk(management, request("/health/ready")).await.starts_with("HTTP/1.1 503"));
    drop(stream);
    within(running.stop()).await;
    assert!(TcpStream::connect(management).await.is_err());
}

#[tokio::test]
async fn an_operations_address_in_use_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let host = host().bind("127.0.0.1:0").management(address.to_string());
    let error = host.start().await.unwrap_err().to_string();
    assert!(error.contains("the address is in use"), "{error}");
}
