//! The ends of a stream, and what the page receives at each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream;
use http::{HeaderValue, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, async_trait};
use serde_json::Value;

use crate::page::{Page, ReadyState, Seen};

const RETRY: Duration = Duration::from_millis(250);

/// Counts requests, and authenticates none.
struct Nobody(Arc<AtomicUsize>);

#[async_trait]
impl AuthenticationScheme for Nobody {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Nobody")
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>, Problem> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }
}

/// A stream for authenticated users only.
#[derive(Endpoint)]
struct Members;

impl Endpoint for Members {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/members");
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("message", stream::iter([1])).await
    }
}

/// Streams one event; a client that reconnects gets a 204, which ends the stream for good.
#[derive(Endpoint)]
struct Once;

impl Endpoint for Once {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/once");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        if cx.last_event_id.is_some() {
            return cx.send.no_content_async().await;
        }
        let items = stream::iter([StreamItem::text("all").id(1_u8)]);
        cx.send.stream_items_async(items).retry(RETRY).await
    }
}

/// Fails after its first event.
#[derive(Endpoint)]
struct Failing;

impl Endpoint for Failing {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/failing");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let events = try_stream! {
            yield 1;
            Err("the password of the store is wrong")?;
        };
        cx.send.event_stream_async("message", events).await
    }
}

/// Reaches its maximum age.
#[derive(Endpoint)]
struct Aging;

impl Endpoint for Aging {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/aging");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send
            .event_stream_async("message", stream::pending::<u8>())
            .retry(RETRY)
            .max_age(Duration::from_millis(100))
            .await
    }
}

/// Sends `done`.
#[derive(Endpoint)]
struct Complete;

impl Endpoint for Complete {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/complete");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.event_stream_async("message", stream::iter([1])).done().await
    }
}

/// Opens a page that watches this path of a host with all endpoints.
async fn watching(path: &str, names: &[&str]) -> (Page, hyperpoint::Running, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let host = Host::empty().endpoint::<Members>().endpoint::<Once>();
    let host = host.endpoint::<Failing>().endpoint::<Aging>().endpoint::<Complete>();
    let host = host.authentication(Nobody(Arc::clone(&asked)));
    let host = host.bind("127.0.0.1:0").start().await.unwrap();
    let page = Page::open().await;
    page.watch(&format!("http://{}{path}", host.address()), names).await;
    (page, host, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_23_a_401_stops_the_browser() {
    let (page, _host, asked) = watching("/members", &["message"]).await;
    page.ready_state(ReadyState::Closed).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(page.seen(0).await, []);
    let errors = page.browser.console_errors().await;
    assert!(errors[0].contains("401"), "{errors:?}");
    assert_eq!(errors.len(), 1, "the refusal has its own CORS headers: {errors:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_23_a_204_stops_the_browser() {
    let (page, _host, _) = watching("/once", &["message"]).await;
    page.ready_state(ReadyState::Closed).await;
    assert_eq!(page.seen(1).await, [Seen::new("message", "all", "1")]);
    assert_eq!(page.opens().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_arrives_as_a_problem_event_without_private_text() {
    let (page, _host, _) = watching("/failing", &["message", "problem"]).await;
    let seen = page.seen(2).await;
    assert_eq!(seen[0], Seen::new("message", "1", ""));
    assert_eq!(seen[1].name, "problem");
    assert!(!seen[1].data.contains("password"), "{seen:?}");
    let problem: Value = serde_json::from_str(&seen[1].data).unwrap();
    assert_eq!(problem["status"], 500, "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_at_its_maximum_age_sends_reconnect_and_the_browser_reconnects() {
    let (page, _host, _) = watching("/aging", &["message", "reconnect"]).await;
    let expected = [(); 3].map(|()| Seen::new("reconnect", "{}", ""));
    assert_eq!(page.seen(3).await[..3], expected);
    assert!(page.opens().await.as_u64() >= Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complete_stream_sends_done_and_its_page_closes_it() {
    let (page, _host, _) = watching("/complete", &["message", "done"]).await;
    page.ready_state(ReadyState::Closed).await;
    let expected = [Seen::new("message", "1", ""), Seen::new("done", "{}", "")];
    assert_eq!(page.seen(2).await, expected);
}
