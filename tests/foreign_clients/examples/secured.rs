//! The example under TLS: a browser then has HTTP/2, and as many streams as it likes.

use serde_json::json;

use super::process::{Example, program};
use crate::webdriver::Browser;

/// Over HTTP/1.1 a browser has six connections to a host, and each stream would take one.
const STREAMS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_comes_by_http_2_and_has_more_than_six_streams_at_once() {
    let example = Example::start_secured(&program().await).await;
    let browser = Browser::start().await;
    browser.open(&format!("https://{}/", example.address)).await;
    let protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol === 'h2'";
    browser.until(protocol).await;
    let open = "
        window.arrived = new Set();
        window.sources = Array.from({ length: arguments[0] }, (_, nth) => {
            const source = new EventSource('/event-stream');
            source.addEventListener('my-event', () => arrived.add(nth));
            return source;
        });";
    browser.run(open, json!([STREAMS])).await;
    browser.until(&format!("arrived.size === {STREAMS}")).await;
    browser.until("sources.every(({ readyState }) => readyState === 1)").await;
    assert!(example.stop().await.success());
}
