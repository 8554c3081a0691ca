//! Invalid names and ids, and the boundaries of writes: contract lines 3, 4, 8, 9, 11, 12.

use std::time::Duration;

use futures_util::stream;
use hyperpoint::{EventId, EventName, StreamItem};
use serde_json::{Value, json};

use super::masked::masked;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Requests a stream under this name and compares status and body.
async fn check_name(name: &'static str, expected: u16) {
    let host = scripted(move |cx| {
        Box::pin(async move {
            let one = stream::iter([json!(1)]);
            cx.send.event_stream_async(name, one).await
        })
    });
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    let head = raw.head().await;
    assert_eq!(head.status(), expected, "{name:?}");
    if expected == 500 {
        assert_eq!(head.header("content-type"), ["application/problem+json"]);
        let length = head.header("content-length")[0].parse().unwrap();
        let mut problem: Value = serde_json::from_slice(&raw.bytes(length).await).unwrap();
        assert!(problem.as_object_mut().unwrap().remove("traceId").is_some());
        let expected = json!({
            "type": "about:blank", "title": "Internal Server Error", "status": 500, "instance": "/s"
        });
        assert_eq!(problem, expected);
    }
}

#[tokio::test]
async fn line_08_a_name_with_a_line_break_is_a_500_before_the_head() {
    for name in ["a\nb", "a\rb", "a\0b", &*"n".repeat(129).leak()] {
        check_name(name, 500).await;
    }
    check_name("n".repeat(128).leak(), 200).await;
}

#[tokio::test]
async fn line_09_a_reserved_name_is_a_500_before_the_head() {
    for name in ["error", "open", "ready", "gap", "reconnect", "problem", "done"] {
        check_name(name, 500).await;
    }
    check_name("my-event", 200).await;
}

#[tokio::test]
async fn line_09_a_reserved_name_is_an_error_of_the_imperative_form_too() {
    let host = scripted::<StreamItem>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            let refused = events.send("done", &1).await.unwrap_err();
            assert_eq!(refused.status(), 500);
            events.send("ours", &2).await?;
            events.close().await
        })
    });
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let (body, _) = masked(&raw.chunked_body().await);
    assert_eq!(body, "event: ours\nretry: -\ndata: 2\n\n");
}

#[test]
fn line_08_an_id_or_a_name_with_a_line_break_cannot_be_built() {
    for bad in ["a\nb", "a\rb", "a\0b", ""] {
        assert!(EventId::parse(bad).is_err(), "{bad:?}");
    }
    for bad in ["é", "a b\u{7f}", "\u{1F600}"] {
        assert!(EventId::parse(bad).is_err(), "{bad:?}");
    }
    for (length, fits) in [(128, true), (129, false)] {
        assert_eq!(EventId::parse(&"1".repeat(length)).is_ok(), fits);
        assert_eq!(EventName::parse(&"n".repeat(length)).is_ok(), fits);
    }
}

/// Creates items with fields of every kind, which are not all ready at once.
fn spaced() -> hyperpoint::Host {
    scripted(|cx| {
        let items = async_items();
        Box::pin(async move { cx.send.stream_items_async(items).await })
    })
}

fn async_items() -> impl hyperpoint::prelude::Stream<Item = StreamItem> {
    hyperpoint::prelude::stream! {
        yield StreamItem::comment("hello").id(7_u32).retry(Duration::from_secs(9));
        for number in 0..5_u32 {
            tokio::task::yield_now().await;
            yield StreamItem::text("a\r\nb\r").id(number);
        }
    }
}

#[tokio::test]
async fn line_03_and_04_each_write_ends_with_a_complete_event_and_lines_end_in_lf_only() {
    let host = spaced().start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let mut events = 0;
    while let Some(chunk) = raw.chunk().await {
        assert!(!chunk.contains('\r'), "{chunk:?}");
        let is_whole = chunk.ends_with("\n\n") || chunk == ": hello\n";
        assert!(is_whole, "{chunk:?}");
        assert!(!chunk.contains("\n\n\n"), "{chunk:?}");
        events += chunk.matches("\n\n").count();
    }
    assert_eq!(events, 5);
}

#[tokio::test]
async fn line_11_and_12_a_comment_has_neither_id_nor_retry_and_the_first_event_has_both() {
    let host = spaced().start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let body = raw.chunked_body().await;
    let (text, waits) = masked(&body);
    let expected = ": hello\nid: 0\nretry: -\ndata: a\ndata: b\ndata:\n\n\
                    id: 1\ndata: a\ndata: b\ndata:\n\n";
    assert!(text.starts_with(expected), "{text:?}");
    assert!((2400..=3600).contains(&waits[0]), "{waits:?}");
    assert_eq!(waits.len(), 1);
}
