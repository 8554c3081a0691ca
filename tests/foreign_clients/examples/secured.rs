//! The example host with TLS: a browser then uses HTTP/2, without a limit of six streams.

use serde_json::json;

use super::process::{Example, program};
use crate::webdriver::Browser;

/// Over HTTP/1.1 a browser opens six connections to a host, and each stream would occupy one.
const STREAMS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_served_over_http_2_with_more_than_six_streams_at_once() {
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
