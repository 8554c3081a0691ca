//! A page on its own origin that watches event streams of other origins.

use hyperpoint::Running;
use hyperpoint::prelude::*;
use serde_json::{Value, json};

use crate::webdriver::Browser;

/// `GET /`: a page that records events in `window.seen`.
#[derive(Endpoint)]
pub(crate) struct WatchingPage;

impl Endpoint for WatchingPage {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let page = include_str!("page.html");
        cx.send.bytes_async(page, "text/html; charset=utf-8").await
    }
}

/// An event as a listener in the page received it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) data: String,
    /// `lastEventId`: the id of this event, or of the last one before it that had an id.
    pub(crate) id: String,
}

impl Seen {
    pub(crate) fn new(name: &str, data: &str, id: &str) -> Self {
        let (name, data, id) = (name.to_owned(), data.to_owned(), id.to_owned());
        Self { name, data, id }
    }
}

/// The page, open in a browser.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    origin: String,
    /// The host that serves the page, unless the test does.
    _host: Option<Running>,
}

impl Page {
    /// Serves the page and opens it.
    pub(crate) async fn open() -> Self {
        let host = Host::empty().endpoint::<WatchingPage>();
        let host = host.bind("127.0.0.1:0").start().await.unwrap();
        let page = Self::open_at(&format!("http://{}", host.address())).await;
        Self { _host: Some(host), ..page }
    }

    /// Opens the page where a host of the test serves it.
    pub(crate) async fn open_at(origin: &str) -> Self {
        let browser = Browser::start().await;
        browser.open(origin).await;
        Self { browser, origin: origin.to_owned(), _host: None }
    }

    /// Returns the origin as a browser writes it.
    pub(crate) fn origin(&self) -> String {
        self.origin.clone()
    }

    /// Watches a stream with an `EventSource` that listens for these events.
    pub(crate) async fn watch(&self, url: &str, names: &[&str]) {
        let arguments = json!([url, names]);
        self.browser.run("watch(...arguments, false)", arguments).await;
    }

    /// Watches a stream for `message`, with credentials.
    pub(crate) async fn watch_with_credentials(&self, url: &str) {
        let arguments = json!([url, ["message"]]);
        self.browser.run("watch(...arguments, true)", arguments).await;
    }

    /// Reads a stream with `fetch`.
    pub(crate) async fn read(&self, url: &str, request: Value) {
        let script = "read(...arguments).catch((error) => answer = { error: String(error) })";
        self.browser.run(script, json!([url, request])).await;
    }

    /// Waits for this many events, and returns all that have arrived.
    pub(crate) async fn seen(&self, least: usize) -> Vec<Seen> {
        let seen = format!("seen.length >= {least} && seen");
        serde_json::from_value(self.browser.until(&seen).await).unwrap()
    }

    /// Waits until the `EventSource` is in this state.
    pub(crate) async fn ready_state(&self, state: ReadyState) {
        let is_reached = format!("source.readyState === {}", state as u8);
        self.browser.until(&is_reached).await;
    }

    /// Returns how often the `EventSource` was opened.
    pub(crate) async fn opens(&self) -> Value {
        self.browser.run("return opens", json!([])).await
    }
}

/// The state of an `EventSource` (WHATWG HTML, "The EventSource interface").
#[derive(Clone, Copy)]
pub(crate) enum ReadyState {
    /// Connecting, or waiting to reconnect.
    Connecting = 0,
    Open = 1,
    /// Closed for good.
    Closed = 2,
}
