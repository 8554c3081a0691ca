//! Event streams read by path: events, reconnections, and the error texts.
#![expect(clippy::unwrap_used, reason = "a failed read fails its test")]

use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::http::{Method, StatusCode};
use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, Decoded, EventReader};

/// POST and GET /count: the two numbers after the client's last event id, then an event every hour;
/// with `?short`, only the numbers.
#[derive(Endpoint)]
struct Count;

impl Endpoint for Count {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/count");
        config.post("/count");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let last: u32 = cx.last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
        let is_short = cx.request.uri.query() == Some("short");
        let numbers = stream! {
            for number in last + 1..=last + 2 {
                yield StreamItem::text(number.to_string()).id(number);
            }
            if is_short {
                return;
            }
            loop {
                tokio::time::sleep(Duration::from_hours(1)).await;
                yield StreamItem::text("an hour");
            }
        };
        cx.send.stream_items_async(numbers).retry(Duration::from_secs(2)).await
    }
}

fn host() -> Host {
    Host::empty().endpoint::<Count>().bind("127.0.0.1:0")
}

fn in_memory() -> Client {
    Client::new(host().build().unwrap())
}

/// Returns a client of each transport, and the host of those with sockets.
async fn clients() -> (Running, [Client; 3]) {
    let running = host().start().await.unwrap();
    let address = running.address();
    (running, [in_memory(), Client::http1(address), Client::http2(address)])
}

async fn data(events: &mut EventReader) -> String {
    events.next().await.unwrap().data
}

#[tokio::test]
async fn every_transport_delivers_the_same_events() {
    let (_running, clients) = clients().await;
    for client in clients {
        let mut events = client.events("/count?short").await.unwrap();
        assert_eq!(events.status(), StatusCode::OK);
        assert_eq!(events.headers().get("content-type").unwrap(), "text/event-stream");
        assert_eq!((data(&mut events).await, data(&mut events).await), ("1".into(), "2".into()));
        assert_eq!(events.retry_after(), Some(Duration::from_secs(2)));
        events.ended().await.unwrap();
        let again = events.next().await.unwrap_err();
        assert!(again.is_end(), "{again}");
    }
}

#[tokio::test]
async fn a_reconnection_resumes_after_the_last_event_that_was_read() {
    let (_running, clients) = clients().await;
    for client in clients {
        let mut events = client.events("/count").last_event_id("4").await.unwrap();
        assert_eq!(data(&mut events).await, "5");
        events.reconnect().await.unwrap();
        assert_eq!(data(&mut events).await, "6");
        client.cut().await;
        events.reconnect().await.unwrap();
        assert_eq!(data(&mut events).await, "7");
        assert_eq!(events.last_event_id(), "7");
        events.reset();
    }
}

#[tokio::test]
async fn a_reconnection_before_the_first_event_repeats_the_last_event_id() {
    let mut events = in_memory().events("/count").last_event_id("4").await.unwrap();
    events.reconnect().await.unwrap();
    assert_eq!(data(&mut events).await, "5");
}

#[tokio::test]
async fn a_method_and_a_body_are_sent() {
    let (_running, clients) = clients().await;
    for client in clients {
        let request = client.events("/count").method(Method::POST).body("what");
        assert_eq!(data(&mut request.await.unwrap()).await, "1");
    }
}

#[tokio::test]
async fn an_error_response_has_a_status_and_no_events() {
    let (_running, clients) = clients().await;
    for client in clients {
        let mut events = client.events("/none").await.unwrap();
        assert_eq!(events.status(), StatusCode::NOT_FOUND);
        let error = events.next().await.unwrap_err().to_string();
        let start = "read /none: expected an event stream, got 404 Not Found: {";
        assert!(error.starts_with(start), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_read_shows_the_items_received_before() {
    let mut events = in_memory().events("/count").await.unwrap();
    let second = Duration::from_secs(1);
    data(&mut events).await;
    let error = events.next_within(second).await.and(events.next_within(second).await);
    let error = error.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        format!("{error:?}"),
        "read /count: timed out after 1s; \
         received before: 2 events, 0 comments, the newest: message \"1\", message \"2\""
    );
    let not_ended = events.ended().await.unwrap_err().to_string();
    let expected = "expected the end of the stream, got message \"an hour\"";
    assert!(not_ended.contains(expected), "{not_ended}");
}

#[tokio::test(start_paused = true)]
async fn next_decoded_returns_comments() {
    let mut events = in_memory().events("/count").await.unwrap();
    data(&mut events).await;
    data(&mut events).await;
    assert_eq!(events.next_decoded().await.unwrap(), Decoded::Comment(String::new()));
    assert_eq!(data(&mut events).await, "an hour");
}

#[tokio::test]
async fn a_stream_that_is_cut_off_has_not_ended() {
    let (running, [_, http1, http2]) = clients().await;
    let mut readers = Vec::new();
    for client in [http1, http2] {
        let mut events = client.events("/count").await.unwrap();
        data(&mut events).await;
        data(&mut events).await;
        readers.push(events);
    }
    drop(running);
    for mut events in readers {
        let error = events.ended().await.unwrap_err();
        assert!(error.is_cut(), "{error}");
    }
}

#[tokio::test]
async fn a_request_without_a_response_fails() {
    let (running, [_, http1, http2]) = clients().await;
    running.stop().await;
    for client in [http1, http2] {
        let error = client.events("/count").await.unwrap_err().to_string();
        assert!(error.starts_with("read /count: no response ("), "{error}");
    }
    let error = in_memory().events("/count").header("a b", "c").await.unwrap_err().to_string();
    assert!(error.starts_with("read /count: no response ("), "{error}");
}
