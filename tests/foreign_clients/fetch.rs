//! `fetch` on a stream that answers a POST, from a page on another origin.

use hyperpoint::prelude::*;
use serde_json::{Value, json};

use crate::page::Page;

/// The request: the text to repeat.
#[derive(Deserialize, JsonSchema)]
struct Words {
    text: String,
}

/// Streams the text of the request, word by word.
#[derive(Endpoint)]
struct Echo;

impl Endpoint for Echo {
    type Request = Words;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/echo");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
    }

    async fn handle(&self, request: Words, cx: Cx<'_, Self>) -> Result {
        let mut events = cx.send.open_event_stream_async().done().await?;
        for word in request.text.split(' ') {
            events.send("word", word).await?;
        }
        events.close().await
    }
}

/// Returns what `fetch` received in response to this body, once it has finished.
async fn post(body: &str) -> Value {
    let host = Host::empty().endpoint::<Echo>().bind("127.0.0.1:0");
    let host = host.start().await.unwrap();
    let page = Page::open().await;
    let headers = json!({ "Content-Type": "application/json" });
    let request = json!({ "method": "POST", "headers": headers, "body": body });
    let url = format!("http://{}/echo", host.address());
    page.read(&url, request).await;
    page.browser.until("(answer?.isDone || answer?.error) && answer").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_answered_with_a_stream() {
    let answer = post(r#"{ "text": "hällo world" }"#).await;
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(answer["type"], "text/event-stream");
    let text = answer["text"].as_str().unwrap();
    let expected = "event: word\ndata: \"hällo\"\n\nevent: word\ndata: \"world\"\n\n\
                    event: done\ndata: {}\n\n";
    assert_eq!(text, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_can_be_read_from_another_origin() {
    let answer = post("{}").await;
    assert_eq!(answer["status"], 400, "{answer}");
    assert_eq!(answer["type"], "application/problem+json");
}
