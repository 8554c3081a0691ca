//! What a client receives from a failing stream, and what is never sent.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::{Application, OnError};
use serde_json::{Value, json};

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::{Scripted, scripted};

/// An error type of the application.
#[derive(Debug)]
struct SoldOut;

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret text of an error")
    }
}

impl Error for SoldOut {}

type Handler = for<'a> fn(Cx<'a, Scripted<u32>>) -> BoxFuture<'a, Result>;

fn app(handler: Handler, is_mapped: bool) -> Application {
    let mut host = scripted(handler);
    if is_mapped {
        host = host.problem_for(|_: &SoldOut| Problem::new(StatusCode::GONE).detail("sold out"));
    }
    host.build().unwrap()
}

/// Returns the body, and the document of its `problem` event.
async fn ask(app: &Application) -> (String, Option<Value>) {
    let request = http::Request::get("/s?token=secret").body(String::new());
    let mut memory = Memory::ask(app, request.unwrap()).await;
    assert_eq!(memory.head.status, 200);
    let (body, _) = masked(&memory.rest().await);
    assert!(!body.contains("secret"), "{body:?}");
    let Some((events, problem)) = body.split_once("event: problem\n") else {
        return (body, None);
    };
    // If `problem` is the first event of the stream, it also carries the `retry`.
    let first = if events.is_empty() { "retry: -\ndata: " } else { "data: " };
    let document = problem.strip_prefix(first).unwrap().strip_suffix("\n\n").unwrap();
    (events.to_owned(), Some(serde_json::from_str(document).unwrap()))
}

fn failing_item(cx: Cx<'_, Scripted<u32>>) -> BoxFuture<'_, Result> {
    let items = stream::iter([Ok(1), Err(Problem::from(SoldOut)), Ok(2)]);
    Box::pin(async move { cx.send.event_stream_async("n", items).await })
}

fn failing_later(cx: Cx<'_, Scripted<u32>>) -> BoxFuture<'_, Result> {
    Box::pin(async move {
        let one = stream::iter([1]);
        let _sent = cx.send.event_stream_async("n", one).await?;
        tokio::task::yield_now().await;
        Err(SoldOut)?
    })
}

fn failing_sink(cx: Cx<'_, Scripted<u32>>) -> BoxFuture<'_, Result> {
    Box::pin(async move {
        let mut events = cx.send.open_event_stream_async().await?;
        events.send("n", &1).await?;
        tokio::task::yield_now().await;
        Err(SoldOut)?;
        events.close().await
    })
}

#[expect(clippy::panic, reason = "the panic is the subject of the test")]
fn panicking_sink(cx: Cx<'_, Scripted<u32>>) -> BoxFuture<'_, Result> {
    Box::pin(async move {
        let mut events = cx.send.open_event_stream_async().await?;
        events.send("n", &1).await?;
        tokio::task::yield_now().await;
        panic!("the secret text of a panic, on purpose")
    })
}

fn failing_at_once(cx: Cx<'_, Scripted<u32>>) -> BoxFuture<'_, Result> {
    let none = stream::once(async { Err::<u32, _>(Problem::from(SoldOut)) });
    Box::pin(async move { cx.send.event_stream_async("n", none).await })
}

const FIRST: &str = "event: n\nretry: -\ndata: 1\n\n";

#[tokio::test]
async fn a_failure_is_a_problem_without_private_text() {
    let handlers: [(Handler, &str); 5] = [
        (failing_item, FIRST),
        (failing_later, FIRST),
        (failing_sink, FIRST),
        (panicking_sink, FIRST),
        (failing_at_once, ""),
    ];
    for (handler, expected) in handlers {
        let (events, problem) = ask(&app(handler, false)).await;
        assert_eq!(events, expected);
        let problem = problem.unwrap();
        assert_eq!(problem["status"], json!(500));
        assert_eq!(problem["title"], json!("Internal Server Error"));
        assert_eq!(problem.get("detail"), None);
        assert_eq!(problem["instance"], json!("/s"));
        assert_eq!(problem["traceId"].as_str().unwrap().len(), 32);
    }
}

#[tokio::test]
async fn the_error_mapping_of_the_host_sets_the_problem_of_an_error() {
    for handler in [failing_item, failing_later, failing_sink, failing_at_once] {
        let (_, problem) = ask(&app(handler, true)).await;
        let problem = problem.unwrap();
        assert_eq!(problem["status"], json!(410));
        assert_eq!(problem["detail"], json!("sold out"));
    }
}

#[tokio::test]
async fn a_rule_for_problems_runs_once_for_a_failed_stream() {
    for handler in [failing_item, failing_later, failing_sink, failing_at_once] {
        let runs = Arc::new(AtomicU32::default());
        let counted = Arc::clone(&runs);
        let host = scripted(handler).problem_for(move |_: &SoldOut| {
            counted.fetch_add(1, Ordering::Relaxed);
            Problem::new(StatusCode::SERVICE_UNAVAILABLE).caused_by(SoldOut)
        });
        let (_, problem) = ask(&host.build().unwrap()).await;
        assert_eq!(problem.unwrap()["status"], json!(503));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_public_detail_is_sent() {
    let host = scripted::<u32>(|cx| {
        let gone = Problem::new(StatusCode::GONE).detail("the room\nwas closed");
        let items = stream::iter([Ok(1), Err(gone)]);
        Box::pin(async move { cx.send.event_stream_async("n", items).await })
    });
    let (events, problem) = ask(&host.build().unwrap()).await;
    assert_eq!(events, FIRST);
    assert_eq!(problem.unwrap()["detail"], json!("the room\nwas closed"));
}

#[tokio::test]
async fn on_error_end_sends_no_problem() {
    let host = scripted::<u32>(|cx| {
        let items = stream::iter([Ok(1), Err(Problem::from(SoldOut))]);
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", items.chain(stream::pending()));
            events.on_error(OnError::End).done().await
        })
    });
    assert_eq!(ask(&host.build().unwrap()).await, (FIRST.to_owned(), None));
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let open = cx.send.open_event_stream_async().on_error(OnError::End);
            let mut events = open.await?;
            events.send("n", &1).await?;
            Err(SoldOut)?
        })
    });
    assert_eq!(ask(&host.build().unwrap()).await, (FIRST.to_owned(), None));
}

#[tokio::test]
async fn an_error_before_the_stream_is_opened_is_an_ordinary_refusal() {
    let host = scripted::<u32>(|_| Box::pin(async move { Err(SoldOut)? }));
    let memory = Memory::get(host, "/s").await;
    assert_eq!(memory.head.status, 500);
    assert_eq!(memory.head.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn returning_the_handle_of_another_response_is_a_500() {
    let smuggled: Arc<std::sync::Mutex<Option<Sent>>> = Arc::default();
    let host = scripted::<u32>(move |cx| {
        let smuggled = Arc::clone(&smuggled);
        Box::pin(async move {
            let stored = smuggled.lock().unwrap().take();
            if let Some(sent) = stored {
                return Ok(sent);
            }
            let sent = cx.send.no_content_async().await?;
            *smuggled.lock().unwrap() = Some(sent);
            Err(Problem::new(StatusCode::IM_A_TEAPOT))
        })
    });
    let app = host.build().unwrap();
    for expected in [418, 500] {
        let request = http::Request::get("/s").body(String::new()).unwrap();
        let memory = Memory::ask(&app, request).await;
        assert_eq!(memory.head.status, expected);
    }
}

#[tokio::test]
async fn nothing_follows_the_final_event_of_a_stream() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let _sent = cx.send.event_stream_async("n", stream::iter([1])).done().await?;
            Err(SoldOut)?
        })
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, format!("{FIRST}event: done\ndata: {{}}\n\n"));
}
