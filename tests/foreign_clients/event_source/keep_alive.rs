//! Keep-alives are invisible to the page.

use std::time::Duration;

use hyperpoint::prelude::*;
use serde_json::json;
use tokio::sync::watch;

use crate::page::{Page, Seen};

/// Streams one event, and a second one when the test asks for it.
#[derive(Endpoint)]
struct Quiet {
    goes_on: Arc<watch::Sender<()>>,
}

impl Endpoint for Quiet {
    type Request = ();
    type Response = Events<u8>;

    fn configure(config: &mut Config) {
        config.get("/quiet");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let mut goes_on = self.goes_on.subscribe();
        let numbers = stream! {
            yield 1;
            // An error means that the test has ended.
            let _ = goes_on.changed().await;
            yield 2;
        };
        cx.send
            .event_stream_async("message", numbers)
            .keep_alive(Duration::from_millis(20))
            .done()
            .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keep_alive_causes_no_event() {
    let goes_on = Arc::new(watch::Sender::new(()));
    let host = Host::empty().endpoint::<Quiet>().service(Arc::clone(&goes_on));
    let host = host.bind("127.0.0.1:0").start().await.unwrap();
    let url = format!("http://{}/quiet", host.address());
    let page = Page::open().await;

    page.watch(&url, &["message"]).await;
    page.seen(1).await;
    // The same page also reads the stream with `fetch`, because `EventSource` shows no comments.
    page.read(&url, json!({})).await;
    page.browser.until("answer?.text?.split('\\n:\\n:').length > 3").await;
    goes_on.send_replace(());

    let expected = ["1", "2"].map(|data| Seen::new("message", data, ""));
    assert_eq!(page.seen(2).await, expected);
    assert_eq!(page.opens().await, 1);
}
