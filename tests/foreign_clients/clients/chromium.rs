//! Chromium over HTTP/1.1 in cleartext, and over HTTP/2 through TLS, which it requires for HTTP/2.

use hyperpoint::http::Version;
use serde_json::json;

use super::check::{Reconnects, features, resume};
use super::features::NAMES;
use super::received::{Event, Received};
use super::site::Site;
use super::table::Row;
use crate::page::{Page, Seen};

const DONE: &str = "seen.some((event) => event.name === 'done') && seen";
/// More streams than a browser opens connections to one origin over HTTP/1.1.
const MANY: usize = 20;

async fn read(page: &Page, path: &str, site: &Site, version: Version) -> Received {
    page.browser.open(&site.origin()).await;
    let protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
    let protocol = page.browser.until(protocol).await;
    assert_eq!(protocol, if version == Version::HTTP_2 { "h2" } else { "http/1.1" });
    page.watch(&format!("{}/{path}", site.origin()), &NAMES).await;
    let seen: Vec<Seen> = serde_json::from_value(page.browser.until(DONE).await).unwrap();
    site.server.assert_spoke(version);
    let events = seen.into_iter().map(|Seen { name, data, id }| {
        let (name, id) = (Some(name), Some(id));
        Event { name, data, id }
    });
    Received { events: events.collect(), ..Received::default() }
}

async fn row(version: Version) -> Row {
    let mut row = Row::default();
    let site = Site::start(version).await;
    let page = Page::open_at(&site.origin()).await;
    features(&mut row, &read(&page, "features", &site, version).await);
    let site = Site::start(version).await;
    let got = read(&page, "resume", &site, version).await;
    resume(&mut row, &got, &site.server.visits(), Reconnects::IN_TIME);
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chromium() {
    let mut seen = row(Version::HTTP_11).await;
    assert_eq!(seen, row(Version::HTTP_2).await, "the rows over both protocols are equal");
    seen.set("HTTP", "1.1, 2");
    seen.set("Version", "any");
    seen.assert_in_guide("Chromium, `EventSource`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http2_a_page_watches_more_than_six_streams_at_once() {
    let site = Site::start(Version::HTTP_2).await;
    let page = Page::open_at(&site.origin()).await;
    let script = "window.opened = 0; for (let n = 0; n < arguments[0]; n++) \
                  new EventSource('/quiet').onopen = () => opened++;";
    page.browser.run(script, json!([MANY])).await;
    page.browser.until(&format!("opened === {MANY}")).await;
    site.server.assert_spoke(Version::HTTP_2);
    assert_eq!(site.server.visits().len(), MANY);
}
