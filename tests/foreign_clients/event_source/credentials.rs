//! Cookies are sent if the page asks for it and the server allows its exact origin.

use futures_util::stream;
use http::header::COOKIE;
use hyperpoint::Running;
use hyperpoint::prelude::*;
use serde_json::json;

use crate::page::{Page, ReadyState, Seen};

/// Streams the cookies of the request, with the cross-origin rules of its host.
#[derive(Endpoint)]
struct Cookies;

impl Endpoint for Cookies {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/cookies");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let cookies = cx.request.headers.get(COOKIE);
        let cookies = cookies.map_or(Ok(""), |cookies| cookies.to_str())?;
        let items = [StreamItem::text(cookies)];
        cx.send.stream_items_async(stream::iter(items)).done().await
    }
}

/// Opens a page with a cookie, which its browser sends to any port of the same host.
async fn page_with_cookie() -> Page {
    let page = Page::open().await;
    page.browser.run("document.cookie = 'session=ann'", json!([])).await;
    page
}

/// Starts a host that allows this origin with credentials, and returns it with the address of its
/// stream.
async fn serve(origin: &str) -> (Running, String) {
    let origin = origin.to_owned();
    let host = Host::empty().endpoint::<Cookies>();
    let host = host.cors(|cors| cors.allow_origins([origin.as_str()]).allow_credentials());
    let host = host.bind("127.0.0.1:0").start().await.unwrap();
    let url = format!("http://{}/cookies", host.address());
    (host, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_22_with_credentials_cookies_are_sent_from_the_exact_origin() {
    let page = page_with_cookie().await;
    let (_host, url) = serve(&page.origin()).await;
    page.watch_with_credentials(&url).await;
    assert_eq!(page.seen(1).await, [Seen::new("message", "session=ann", "")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_22_without_credentials_no_cookies_are_sent() {
    let page = page_with_cookie().await;
    let (_host, url) = serve(&page.origin()).await;
    page.watch(&url, &["message"]).await;
    assert_eq!(page.seen(1).await, [Seen::new("message", "", "")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_22_another_origin_reads_nothing() {
    let page = page_with_cookie().await;
    let (_host, url) = serve("http://127.0.0.1:1").await;
    page.watch_with_credentials(&url).await;
    page.ready_state(ReadyState::Closed).await;
    assert_eq!(page.seen(0).await, []);
    let errors = page.browser.console_errors().await;
    assert!(errors.iter().any(|error| error.contains("CORS policy")), "{errors:?}");
}
