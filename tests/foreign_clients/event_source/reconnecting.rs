//! An interrupted stream resumes after the last event that the page received.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::prelude::*;

use crate::page::{Page, ReadyState, Seen};

const COUNT: EventName = EventName::from_static("count");
const RETRY: Duration = Duration::from_millis(250);

/// The last event ids that clients sent.
type Asked = Mutex<Vec<Option<String>>>;

fn note(asked: &Asked, id: Option<&str>) -> u64 {
    let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    asked.push(id.map(str::to_owned));
    id.map_or(0, |id| id.parse().unwrap())
}

fn item(number: u64) -> StreamItem {
    StreamItem::text(number.to_string()).named(COUNT).id(number)
}

/// Streams the next three numbers, and ends.
#[derive(Endpoint)]
struct Three {
    asked: Arc<Asked>,
}

impl Endpoint for Three {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/three");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let last = note(&self.asked, cx.last_event_id);
        let items = futures_util::stream::iter((last + 1..=last + 3).map(item));
        cx.send.stream_items_async(items).retry(RETRY).await
    }
}

/// Streams numbers without an end.
#[derive(Endpoint)]
struct Endless {
    asked: Arc<Asked>,
}

impl Endpoint for Endless {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/endless");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let last = note(&self.asked, cx.last_event_id);
        let items = stream! {
            for number in last + 1.. {
                yield item(number);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        cx.send.stream_items_async(items).retry(RETRY).await
    }
}

/// Starts a host on this address, with its own record of ids.
async fn serve(address: &str) -> (Running, Arc<Asked>) {
    let asked = Arc::new(Asked::default());
    let host = Host::empty().endpoint::<Three>().endpoint::<Endless>();
    let host = host.service(Arc::clone(&asked)).bind(address);
    let host = host.options(|options| options.drain_window = Duration::from_millis(500));
    (host.start().await.unwrap(), asked)
}

/// Asserts that the numbers begin at one, without a hole, a repeat or a step back.
fn assert_unbroken(seen: &[Seen]) {
    let counts = seen.iter().filter(|seen| seen.name == COUNT.as_str());
    for (count, number) in counts.zip(1_u64..) {
        let number = number.to_string();
        assert_eq!(*count, Seen::new(COUNT.as_str(), &number, &number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_26_after_a_clean_end_the_browser_reconnects_with_the_last_id() {
    let (host, asked) = serve("127.0.0.1:0").await;
    let page = Page::open().await;

    page.watch(&format!("http://{}/three", host.address()), &["count"]).await;

    assert_unbroken(&page.seen(9).await);
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    let expected = [None, Some("3"), Some("6")].map(|id| id.map(str::to_owned));
    assert_eq!(asked[..3], expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_26_after_a_restart_the_stream_resumes_without_a_hole_or_a_repeat() {
    let (host, _) = serve("127.0.0.1:0").await;
    let address = host.address().to_string();
    let page = Page::open().await;

    page.watch(&format!("http://{address}/endless"), &["count", "reconnect"]).await;
    page.seen(20).await;
    page.ready_state(ReadyState::Open).await;
    host.stop().await;
    page.ready_state(ReadyState::Connecting).await;
    let before = page.seen(20).await;
    assert_eq!(before.last().map(|last| last.name.as_str()), Some("reconnect"));

    let (_host, asked) = serve(&address).await;
    page.ready_state(ReadyState::Open).await;
    let after = page.seen(before.len() + 20).await;
    assert_unbroken(&after);
    assert_came_back_after(&before[..before.len() - 1], &asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_26_after_a_cut_the_stream_resumes_without_a_hole_or_a_repeat() {
    let (host, _) = serve("127.0.0.1:0").await;
    let address = host.address().to_string();
    let page = Page::open().await;

    page.watch(&format!("http://{address}/endless"), &["count", "reconnect"]).await;
    page.seen(20).await;
    // A dropped host sends nothing more: the body ends without its last chunk.
    drop(host);
    page.ready_state(ReadyState::Connecting).await;
    let before = page.seen(20).await;

    let (_host, asked) = serve(&address).await;
    page.ready_state(ReadyState::Open).await;
    let after = page.seen(before.len() + 20).await;
    assert!(after.iter().all(|seen| seen.name != "reconnect"));
    assert_unbroken(&after);
    assert_came_back_after(&before, &asked);
}

fn assert_came_back_after(seen: &[Seen], asked: &Asked) {
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(asked[0].as_ref(), seen.last().map(|last| &last.id));
}
