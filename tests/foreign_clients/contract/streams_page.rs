//! The page of event streams, in Chromium.

use hyperpoint::Running;
use serde_json::json;

use crate::everything::{KEY, everything};
use crate::webdriver::Browser;

/// The key `Enter` and the key `ArrowDown` (W3C WebDriver §17.4.2).
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";

async fn open(stream: &str) -> (Running, Browser) {
    let host = everything().bind("127.0.0.1:0").start().await.unwrap();
    let browser = Browser::start().await;
    browser.show(1400, 900, "light").await;
    browser.open(&format!("http://{}/streams#{stream}", host.address())).await;
    browser.until("document.querySelectorAll('#streams button').length === 7").await;
    (host, browser)
}

/// An expression that is true once the newest events have these names, the newest first.
fn newest(names: &[&str]) -> String {
    let shown = "[...document.querySelectorAll('#log .tag')].map((tag) => tag.textContent)";
    format!("{shown}.slice(0, {}).join() === '{}'", names.len(), names.join(","))
}

fn state(state: &str) -> String {
    format!("document.querySelector('#state').textContent === '{state}'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_reads_streams_by_keyboard_and_asks_for_nothing_outside() {
    let (host, browser) = open("steps").await;
    // The focus stands on the first stream, arrows move it, Enter chooses and connects.
    browser.run("document.querySelector('#streams button').focus()", json!([])).await;
    browser.type_into("#streams button:focus", DOWN).await;
    browser
        .until("document.activeElement === document.querySelectorAll('#streams button')[1]")
        .await;
    browser.type_into("#connect", ENTER).await;
    browser.until(&state("done")).await;
    browser.until(&newest(&["done", "failed", "tray-baked", "started"])).await;
    browser
        .until("document.querySelector('#log [data-mark=host] .tag').textContent === 'done'")
        .await;

    // A name that is switched off is hidden.
    browser.click("#names [data-name=tray-baked]").await;
    browser.until("document.querySelector('#log [data-name=tray-baked]').hidden").await;

    let requests = "performance.getEntriesByType('resource').map((entry) => entry.name)";
    let origin = format!("http://{}/", host.address());
    let requests = browser.until(requests).await;
    let requests: Vec<_> =
        requests.as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert!(
        requests.len() >= 2 && requests.iter().all(|url| url.starts_with(&origin)),
        "{requests:?}"
    );
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_sends_credentials_and_a_post_and_marks_gaps_and_reconnects() {
    let (_host, browser) = open("prices").await;
    browser.type_into("#field-path-of", "tea").await;
    browser.click("#connect").await;
    browser.until(&state("refused")).await;
    browser.until(&newest(&["401 Unauthorized"])).await;
    browser.type_into("#field-header-x-api-key", KEY).await;
    browser.type_into("#field-query-count", "9").await;
    // The parts of an object in the query are fields of their own.
    browser.type_into("[id='field-query-within[least]']", "4").await;
    browser.type_into("[id='field-query-within[most]']", "5").await;
    browser.click("#connect").await;
    browser.until(&newest(&["connection ended", "price", "price", "401 Unauthorized"])).await;
    browser.until(&state("reconnecting")).await;
    browser.click("#stop").await;
    browser.until(&state("stopped")).await;

    browser.run("[...document.querySelectorAll('#streams button')].find((one) => one.textContent.includes('/ticks')).click()", json!([])).await;
    browser.type_into("#field-header-Last-Event-ID", "junk").await;
    browser.click("#connect").await;
    browser.until("document.querySelector('#log [data-mark=wait][data-name=gap]')").await;
    browser.until("document.querySelector('#note').textContent.includes('after ')").await;
    browser.click("#stop").await;

    browser.run("[...document.querySelectorAll('#streams button')].find((one) => one.textContent.includes('/completions')).click()", json!([])).await;
    let body = r#"{"prompt":"tea","stream":true}"#;
    browser.run("document.querySelector('textarea').value = arguments[0]", json!([body])).await;
    browser.click("#connect").await;
    browser.until(&state("done")).await;
    browser.until(&newest(&["delta"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_reads_streams_of_a_host_below_a_prefix() {
    let application = everything().build().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().nest_service("/shop", application);
    let server = tokio::spawn(async { axum::serve(listener, router).await });
    let browser = Browser::start().await;
    browser.open(&format!("http://{address}/shop/streams#steps")).await;
    browser.until("document.querySelectorAll('#streams button').length === 7").await;
    browser.click("#connect").await;
    browser.until(&newest(&["done", "failed", "tray-baked", "started"])).await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_light_or_dark_as_the_reader_prefers() {
    let (_host, browser) = open("steps").await;
    let colour = "getComputedStyle(document.body).backgroundColor";
    let light = browser.until(colour).await;
    browser.show(1400, 900, "dark").await;
    browser.until(&format!("{colour} !== '{}'", light.as_str().unwrap())).await;
    if std::env::var_os("HYPERPOINT_PICTURES").is_some() {
        browser.click("#connect").await;
        browser.until(&state("done")).await;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target");
        for colours in ["light", "dark"] {
            browser.show(1400, 900, colours).await;
            std::fs::write(format!("{folder}/streams-{colours}.png"), browser.picture().await)
                .unwrap();
        }
    }
}
