//! The page of the example host, from the first event through a restart of its host.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::process::{Example, program};
use crate::webdriver::Browser;

/// A browser waits for up to its `retry`, 3 s with jitter, before it reconnects.
const RECONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Returns the text of the element with this test id.
fn text(id: &str) -> String {
    format!("document.querySelector('[data-testid={id}]').textContent")
}

fn is(id: &str, state: &str) -> String {
    format!("{} === '{state}'", text(id))
}

fn number(id: &str) -> String {
    format!("Number({})", text(id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_its_streams_and_reconnects_after_a_restart() {
    let program = program().await;
    // The pictures show the address that the README names.
    let port = if wants_pictures() { 8080 } else { 0 };
    let example = Example::start(&program, &format!("127.0.0.1:{port}")).await;
    let address = example.address.clone();
    let browser = Browser::start().await;
    browser.show(1400, 900, "light").await;
    browser.open(&format!("http://{address}/")).await;

    streams_arrive(&browser).await;
    tokens_arrive(&browser).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
    if wants_pictures() {
        take_pictures(&browser).await;
    }

    let status = example.stop().await;
    assert!(status.success(), "{status}");
    for id in ["event-state", "multi-state"] {
        browser.until(&is(id, "reconnecting")).await;
    }
    let last_id = browser.until(&number("multi-last-id")).await.as_u64().unwrap();

    let _example = Example::start(&program, &address).await;
    for id in ["event-state", "multi-state"] {
        browser.until_within(RECONNECT_LIMIT, &is(id, "open")).await;
    }
    let goes_on = format!("{} > {last_id}", number("multi-last-id"));
    browser.until(&goes_on).await;
    the_list_has_each_id_once(&browser).await;
    let errors = browser.console_errors().await;
    let of_the_restart = |error: &String| error.contains("net::ERR_CONNECTION_REFUSED");
    assert!(errors.iter().all(of_the_restart), "{errors:?}");
}

async fn streams_arrive(browser: &Browser) {
    for id in ["event-state", "multi-state"] {
        browser.until(&is(id, "open")).await;
    }
    browser.until(&format!("{} >= 2", number("event-count"))).await;
    browser.until(&format!("{} >= 2", number("multi-last-id"))).await;
    let first = browser.run(&format!("return {}", text("event-list")), json!([])).await;
    assert!(first.as_str().unwrap().contains("my-event"), "{first}");
}

async fn tokens_arrive(browser: &Browser) {
    browser.click("[data-testid=tokens-send]").await;
    browser.until(&is("tokens-state", "streaming")).await;
    browser.until(&is("tokens-state", "done")).await;
    let output = browser.until(&text("tokens-output")).await;
    let output = output.as_str().unwrap();
    assert!(output.starts_with("You asked: “Explain"), "{output}");
    assert!(output.ends_with("dropped where it stands."), "{output}");
}

async fn the_list_has_each_id_once(browser: &Browser) {
    let ids = "[...document.querySelectorAll('[data-testid=multi-list] .id')].map((id) => Number(id.textContent.slice(3)))";
    let ids: Vec<u64> = serde_json::from_value(browser.until(ids).await).unwrap();
    let expected: Vec<u64> = (1..=ids[0]).rev().collect();
    assert_eq!(ids, expected);
}

/// Returns whether new pictures for the README are requested: `HYPERPOINT_PICTURES=1`.
fn wants_pictures() -> bool {
    std::env::var_os("HYPERPOINT_PICTURES").is_some()
}

async fn take_pictures(browser: &Browser) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    browser.until(&format!("{} >= 8", number("event-count"))).await;
    for (colours, file) in [("light", "page.png"), ("dark", "page-dark.png")] {
        browser.show(1400, 900, colours).await;
        let is_shown = format!("matchMedia('(prefers-color-scheme: {colours})').matches");
        browser.until(&is_shown).await;
        std::fs::write(docs.join(file), browser.picture().await).unwrap();
    }
}
