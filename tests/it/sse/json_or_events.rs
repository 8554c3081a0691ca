//! Endpoints that respond with data or with events, as each request asks.

use std::time::Duration;

use futures_util::stream;
use http::Request;
use hyperpoint::JsonOrEvents;
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, RateLimit};
use hyperpoint_testing::TestApp;

use super::masked::masked;
use crate::http::endpoint;
use crate::wire::memory::Memory;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Prompt {
    stream: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Reply {
    text: String,
}

endpoint! {
    Complete: Prompt => JsonOrEvents<Reply, u32>;
    |config| {
        config.post("/complete");
        config.allow_anonymous();
        config.streams_per_address(1);
    }
    |prompt, cx| {
        if prompt.stream {
            use futures_util::StreamExt;
            let events = stream::iter([1]).chain(stream::pending());
            return cx.send.event_stream_async("error", events).await;
        }
        cx.send.ok_async(Reply { text: "whole".to_owned() }).await
    }
}

endpoint! {
    ByAccept: () => JsonOrEvents<u32, u32>;
    |config| {
        config.get("/by-accept");
        config.allow_anonymous();
        config.streams_per_address(1);
    }
    |(), cx| {
        if cx.asks_for_events() {
            use futures_util::StreamExt;
            let events = stream::iter([1]).chain(stream::pending());
            return cx.send.event_stream_async("n", events).await;
        }
        cx.send.ok_async(7).await
    }
}

endpoint! {
    AlwaysEvents: () => JsonOrEvents<u32, u32>;
    |config| {
        config.get("/always");
        config.allow_anonymous();
    }
    |(), cx| {
        let mut events = cx.send.open_event_stream_async().await?;
        events.send("n", &1).await?;
        events.close().await
    }
}

endpoint! {
    Rated: () => JsonOrEvents<u32, u32>;
    |config| {
        config.get("/rated");
        config.allow_anonymous();
        config.rate_limit(RateLimit::per(1, Duration::from_secs(20)));
    }
    |(), cx| { cx.send.ok_async(7).await }
}

/// An answer with statuses of its own.
#[derive(hyperpoint::Answer)]
enum Received {
    #[answer(200)]
    Said(Reply),
    #[answer(202)]
    Noted,
    #[answer(409)]
    Busy(Reply),
}

endpoint! {
    Mixed: u32 => JsonOrEvents<Received>;
    |config| {
        config.post("/mixed");
        config.allow_anonymous();
    }
    |number, cx| {
        let reply = || Reply { text: number.to_string() };
        match number {
            1 => cx.send.answer_async(Received::Said(reply())).await,
            2 => cx.send.answer_async(Received::Noted).await,
            3 => cx.send.answer_async(Received::Busy(reply())).await,
            _ => cx.send.stream_items_async(stream::iter([StreamItem::text("x")])).await,
        }
    }
}

fn host() -> Host {
    let host =
        Host::empty().endpoint::<Complete>().endpoint::<ByAccept>().endpoint::<AlwaysEvents>();
    host.endpoint::<Rated>().endpoint::<Mixed>()
}

fn complete(stream: bool) -> Request<String> {
    let request = Request::post("/complete").header("content-type", "application/json");
    request.body(format!("{{\"stream\":{stream}}}")).unwrap()
}

fn get(path: &str, accept: &str) -> Request<String> {
    Request::get(path).header("accept", accept).body(String::new()).unwrap()
}

const BOTH: &str = "application/json, text/event-stream";

#[tokio::test(start_paused = true)]
async fn a_request_decides_by_its_body() {
    let app = host().build().unwrap();
    let mut whole = Memory::ask(&app, complete(false)).await;
    assert_eq!(whole.head.headers["content-type"], "application/json");
    assert!(!whole.head.headers.contains_key("x-accel-buffering"));
    assert_eq!(whole.rest().await, r#"{"text":"whole"}"#);
    let mut streamed = Memory::ask(&app, complete(true)).await;
    assert_eq!(streamed.head.headers["content-type"], "text/event-stream");
    assert_eq!(streamed.frame().await.as_deref(), Some("event: error\ndata: 1\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_request_decides_by_its_accept() {
    let app = host().build().unwrap();
    for accept in ["application/json", "*/*"] {
        assert_eq!(Memory::ask(&app, get("/by-accept", accept)).await.rest().await, "7");
    }
    let mut streamed = Memory::ask(&app, get("/by-accept", BOTH)).await;
    assert_eq!(masked(&streamed.frame().await.unwrap()).0, "event: n\nretry: -\ndata: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn stream_limits_count_only_streams() {
    let app = host().build().unwrap();
    let open = Memory::ask(&app, complete(true)).await;
    let refused = Memory::ask(&app, complete(true)).await;
    assert_eq!(
        (refused.head.status.as_u16(), &refused.head.headers["retry-after"]),
        (429, &"5".parse().unwrap())
    );
    for _ in 0..3 {
        assert_eq!(Memory::ask(&app, complete(false)).await.head.status, 200);
    }
    drop(open);
    assert_eq!(Memory::ask(&app, complete(true)).await.head.status, 200);
}

#[tokio::test(start_paused = true)]
async fn line_23_a_stream_for_event_source_over_a_limit_is_asked_to_reconnect() {
    let app = host().build().unwrap();
    let _open = Memory::ask(&app, get("/by-accept", BOTH)).await;
    let mut refused = Memory::ask(&app, get("/by-accept", "text/event-stream")).await;
    assert_eq!(refused.head.status, 200);
    let (body, waits) = masked(&refused.rest().await);
    assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
    assert!((5000..=7500).contains(&waits[0]), "{waits:?}");
    assert_eq!(Memory::ask(&app, get("/by-accept", "application/json")).await.rest().await, "7");
}

#[tokio::test(start_paused = true)]
async fn a_request_over_a_rate_limit_is_refused_as_what_it_asks_for() {
    let app = host().build().unwrap();
    assert_eq!(Memory::ask(&app, get("/rated", BOTH)).await.rest().await, "7");
    let refused = Memory::ask(&app, get("/rated", "application/json")).await;
    assert_eq!(refused.head.status, 429);
    let mut refused = Memory::ask(&app, get("/rated", "text/event-stream")).await;
    assert!(refused.rest().await.starts_with("event: reconnect\n"));
}

#[tokio::test]
async fn line_27_an_accept_that_excludes_event_streams_is_refused_when_one_is_opened() {
    let app = host().build().unwrap();
    assert_eq!(Memory::ask(&app, get("/always", "application/json")).await.head.status, 406);
    assert_eq!(Memory::ask(&app, get("/always", "*/*")).await.head.status, 200);
}

#[tokio::test(start_paused = true)]
async fn during_a_stop_data_is_sent_and_streams_are_refused() {
    let host = host()
        .error_format(|problem| ErrorBody::new("text/plain", problem.status().as_str().to_owned()));
    let app = host.options(|options| options.drain_window = 20 * SECOND).build().unwrap();
    app.stopping().request();
    assert_eq!(Memory::ask(&app, complete(false)).await.rest().await, r#"{"text":"whole"}"#);
    let mut refused = Memory::ask(&app, complete(true)).await;
    assert_eq!((refused.head.status.as_u16(), &*refused.rest().await), (503, "503"));
    let mut refused = Memory::ask(&app, get("/by-accept", BOTH)).await;
    assert_eq!(refused.head.status, 200);
    assert!(refused.rest().await.starts_with("event: reconnect\n"));
}

#[tokio::test]
async fn an_answer_has_statuses_beside_the_stream() {
    let app = host().build().unwrap();
    for (number, status, expected) in [
        (1, 200, r#"{"text":"1"}"#),
        (2, 202, ""),
        (3, 409, r#"{"text":"3"}"#),
        (4, 200, "data: x\n\n"),
    ] {
        let request = Request::post("/mixed").header("content-type", "application/json");
        let request = request.body(number.to_string()).unwrap();
        let mut answer = Memory::ask(&app, request).await;
        assert_eq!((answer.head.status.as_u16(), &*answer.rest().await), (status, expected));
    }
}

#[tokio::test]
async fn a_test_client_reads_both_answers_by_the_type_of_the_endpoint() {
    let app = TestApp::new(host()).unwrap();
    let reply = app.send::<Complete>(&Prompt { stream: false }).await.unwrap();
    assert_eq!(reply.text, "whole");
    let mut events = app.events::<Complete>(&Prompt { stream: true }).await.unwrap();
    assert_eq!(events.next_data().await.unwrap(), 1);
}
