//! A closed page ends its stream on the server, also an idle one.

use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::prelude::*;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::page::Page;

/// Time for the server to notice. Invariant 4 requires one second on a machine that is not busy.
const DEADLINE: Duration = Duration::from_secs(10);

/// The number of open streams.
type Open = watch::Sender<usize>;

/// Counts a stream while it exists.
struct Counted<'a>(&'a Open);

impl<'a> Counted<'a> {
    fn new(open: &'a Open) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Streams one event, and then nothing.
#[derive(Endpoint)]
struct Idle {
    open: Arc<Open>,
}

impl Endpoint for Idle {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/idle");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let counted = Counted::new(&self.open);
        let events = stream! {
            yield 1;
            std::future::pending::<()>().await;
            drop(counted);
        };
        cx.send.event_stream_async("message", events).keep_alive(DEADLINE * 10).await
    }
}

async fn serve() -> (Running, Arc<Open>) {
    let open = Arc::new(Open::default());
    let host = Host::empty().endpoint::<Idle>().service(Arc::clone(&open));
    let host = host.bind("127.0.0.1:0").start().await.unwrap();
    (host, open)
}

async fn wait_for(open: &Open, number: usize) {
    let mut changes = open.subscribe();
    let reached = timeout(DEADLINE, changes.wait_for(|&open| open == number)).await;
    let is_reached = reached.is_ok();
    assert!(is_reached, "there are {} streams, not {number}", *open.borrow());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_ends_the_stream_on_the_server() {
    let (host, open) = serve().await;
    let page = Page::open().await;

    page.watch(&format!("http://{}/idle", host.address()), &["message"]).await;
    page.seen(1).await;
    wait_for(&open, 1).await;
    page.browser.run("source.close()", json!([])).await;
    wait_for(&open, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_tab_ends_the_stream_on_the_server() {
    let (host, open) = serve().await;
    let page = Page::open().await;

    page.browser.open_tab().await;
    page.browser.open(&page.origin()).await;
    page.watch(&format!("http://{}/idle", host.address()), &["message"]).await;
    page.seen(1).await;
    wait_for(&open, 1).await;
    page.browser.close_tab().await;
    wait_for(&open, 0).await;
}
