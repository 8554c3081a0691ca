//! Events of several megabytes: contract line 16.

use futures_util::stream;
use hyperpoint::prelude::*;

use super::masked::masked;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

const LARGE: usize = 5_000_000;
const TOO_LARGE: usize = 8 << 20;

fn sized(bytes: usize) -> Host {
    scripted(move |cx| {
        let large = StreamItem::text("x".repeat(bytes));
        let items = [StreamItem::text("before"), large, StreamItem::text("after")];
        Box::pin(async move { cx.send.stream_items_async(stream::iter(items)).await })
    })
}

/// Compares without printing megabytes.
#[track_caller]
fn check_large(body: &str) {
    let (body, _) = masked(body);
    let expected =
        format!("retry: -\ndata: before\n\ndata: {}\n\ndata: after\n\n", "x".repeat(LARGE));
    assert_eq!(body.len(), expected.len());
    assert!(body == expected);
}

#[tokio::test]
async fn line_16_an_event_of_5_mb_arrives_completely() {
    let host = sized(LARGE).start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    check_large(&raw.chunked_body().await);
    let mut http2 = Http2::connect(host.address()).await;
    check_large(&http2.get("/s").await.rest().await);
}

/// Returns the events of a stream whose second event was refused.
#[track_caller]
fn check_refused(body: &str) {
    let (events, _) = masked(body);
    let problem = events.strip_prefix("retry: -\ndata: before\n\nevent: problem\ndata: ").unwrap();
    let problem: serde_json::Value = serde_json::from_str(problem.trim_end()).unwrap();
    assert_eq!((&problem["status"], &problem["instance"]), (&500.into(), &"/s".into()));
    assert_eq!(problem.get("detail"), None);
}

#[tokio::test]
async fn line_16_an_event_over_the_limit_ends_only_its_stream() {
    let host = sized(TOO_LARGE).start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    check_refused(&raw.chunked_body().await);
    raw.write("GET /s HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.status(), 200);
    let mut http2 = Http2::connect(host.address()).await;
    let body = http2.get("/s").await.rest().await;
    check_refused(&body);
}

#[tokio::test]
async fn line_16_an_event_over_the_limit_is_an_error_for_the_handler() {
    let host = scripted::<StreamItem>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            let large = StreamItem::text("x".repeat(TOO_LARGE));
            let refused = events.item(&large).await.unwrap_err();
            let cause = refused.private_source().unwrap().to_string();
            events.item(&StreamItem::text(cause)).await?;
            events.close().await
        })
    });
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let (body, _) = masked(&raw.chunked_body().await);
    assert_eq!(body, "retry: -\ndata: event exceeds the limit of 8388608 bytes\n\n");
}
