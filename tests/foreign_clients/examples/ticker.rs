//! The page of the ticker, through a crash of its server.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use hyperpoint_testing::Client;

use crate::nats::broker::Broker;
use crate::webdriver::Browser;

use super::process::{Example, program_of};

/// A browser waits for up to its `retry`, 3 s with jitter, before it reconnects.
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);

fn number(id: &str) -> String {
    format!("Number(document.querySelector('[data-testid={id}]').textContent)")
}

/// Kills the server, runs this closure, and starts the server again.
async fn shows_each_tick_once(kept: [&str; 2], meanwhile: impl FnOnce()) {
    let program = program_of("ticker").await;
    let server = Example::start_ticker(&program, "127.0.0.1:0", kept).await;
    let address = server.address.clone();
    let browser = Browser::start().await;
    browser.open(&format!("http://{address}/")).await;
    browser.until(&format!("{} >= 4", number("ticks"))).await;
    server.kill().await;
    browser.until("document.getElementById('state').dataset.state === 'reconnecting'").await;
    let before = browser.until(&number("ticks")).await.as_u64().unwrap();

    meanwhile();
    let _server = Example::start_ticker(&program, &address, kept).await;
    let goes_on = format!("{} >= {}", number("ticks"), before + 4);
    browser.until_within(RECONNECT_LIMIT, &goes_on).await;
    browser.click("[data-testid=toggle]").await;
    browser.until("document.getElementById('state').dataset.state === 'offline'").await;
    let mut others = Client::http1(address.parse().unwrap()).events("/ticks").await.unwrap();
    for _ in 0..3 {
        others.next().await.unwrap();
    }
    browser.click("[data-testid=toggle]").await;
    let before = browser.until(&number("ticks")).await.as_u64().unwrap();
    browser.until_within(RECONNECT_LIMIT, &format!("{} >= {}", number("ticks"), before + 4)).await;
    for count in ["missing", "repeated", "gaps"] {
        browser.until(&format!("{} === 0", number(count))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_tick_with_a_log_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    shows_each_tick_once(["--log", folder.path().to_str().unwrap()], || {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_end_of_the_log_loses_no_tick() {
    let folder = tempfile::tempdir().unwrap();
    let tear = || {
        let end = folder.path().join("topics.db-wal");
        let mut end = OpenOptions::new().append(true).create(true).open(end).unwrap();
        end.write_all(b"a part of a frame").unwrap();
    };
    shows_each_tick_once(["--log", folder.path().to_str().unwrap()], tear).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_tick_with_jetstream() {
    let broker = Broker::start().await;
    shows_each_tick_once(["--nats", &broker.url()], || {}).await;
}
