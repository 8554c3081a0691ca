//! Event streams that a server other than Hyperpoint's sends.

use std::time::Duration;

use futures_util::stream;
use http::Response;
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::sse::stream::{ItemsWriter, StreamBody, StreamScope, event_stream};
use hyperpoint::{OnError, Stopping, StreamOptions};

use super::masked::masked;

type Answer = Response<StreamBody<ItemsWriter>>;
type Item = Result<StreamItem, &'static str>;

async fn body(response: Answer) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    masked(std::str::from_utf8(&bytes).unwrap()).0
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<Item> {
    numbers.into_iter().map(|number| Ok(StreamItem::json(&number).unwrap())).collect()
}

#[tokio::test]
async fn items_are_sent_with_the_head_of_event_streams() {
    let scope = StreamScope::default();
    let options = StreamOptions::default().done();
    let response = event_stream(stream::iter(numbers(1..=2)), options, &scope);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
    let expected = "retry: -\ndata: 1\n\ndata: 2\n\nevent: done\ndata: {}\n\n";
    assert_eq!(body(response).await, expected);
}

#[tokio::test]
async fn an_error_is_reported_without_its_text() {
    let scope = StreamScope::default();
    let mut items = numbers([1]);
    items.push(Err("the secret reason"));
    let response = event_stream(stream::iter(items.clone()), StreamOptions::default(), &scope);
    let sent = body(response).await;
    let (first, problem) = sent.split_once("event: problem\ndata: ").unwrap();
    assert_eq!(first, "retry: -\ndata: 1\n\n");
    let problem: serde_json::Value = serde_json::from_str(problem.trim_end()).unwrap();
    assert_eq!(problem["status"], 500);
    assert!(!sent.contains("secret"), "{sent}");
    let quiet = StreamOptions::default().on_error(OnError::End);
    assert_eq!(
        body(event_stream(stream::iter(items), quiet, &scope)).await,
        "retry: -\ndata: 1\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_is_kept_alive_and_ends_when_its_server_stops() {
    let stopping = Stopping::new(Duration::from_secs(10));
    let scope = StreamScope::new(stopping.clone());
    let idle = stream::pending::<Item>();
    let mut response = event_stream(idle, StreamOptions::default(), &scope);
    let first = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), ":\n");
    stopping.request();
    assert_eq!(body(response).await, "event: reconnect\nretry: -\ndata: {}\n\n");
}
