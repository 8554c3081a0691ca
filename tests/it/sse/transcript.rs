//! One stream with every kind of item, compared byte for byte: contract lines 2 to 7, 10 to 12.

use std::time::Duration;

use futures_util::stream;
use hyperpoint::{EventName, Host, StreamItem};
use serde_json::json;

use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::scripted;

const EXPECTED: &str = include_str!("../golden/transcript.sse");
const NOTE: EventName = EventName::from_static("note");

fn items() -> Vec<StreamItem> {
    vec![
        StreamItem::comment("before the first event"),
        StreamItem::text("first").named(NOTE).id(1_u32),
        StreamItem::text("crlf\r\ncr\rlf\nend"),
        StreamItem::text("a break at the end\n"),
        StreamItem::text(""),
        StreamItem::text(" a space at the start"),
        StreamItem::text("\u{feff}é豆😀"),
        StreamItem::comment("in\r\ntwo lines"),
        StreamItem::json(&json!({ "lines": "a\nb", "list": [1, 2.5, null] })).unwrap(),
        StreamItem::text("a\n\nid: forged\nevent: forged\n: forged")
            .id("e-2".parse::<hyperpoint::EventId>().unwrap()),
        StreamItem::text("soon").retry(Duration::ZERO),
        StreamItem::text("later").retry(Duration::from_millis(5001)),
    ]
}

fn host() -> Host {
    scripted(|cx| {
        Box::pin(async move {
            let items = cx.send.stream_items_async(stream::iter(items()));
            items.retry(Duration::from_secs(2)).done().await
        })
    })
}

#[tokio::test]
async fn lines_02_to_12_the_transcript_over_http_1_1() {
    let host = host().start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    assert_eq!(raw.chunked_body().await, EXPECTED);
}

#[tokio::test]
async fn lines_02_to_12_the_transcript_over_http_1_0() {
    let host = host().start().await.unwrap();
    let mut raw = Raw::open(host.address(), "GET /s HTTP/1.0\r\n\r\n").await;
    raw.head().await;
    assert_eq!(raw.until_close().await, EXPECTED.as_bytes());
}

#[tokio::test]
async fn lines_02_to_12_the_transcript_over_http_2() {
    let host = host().start().await.unwrap();
    let mut http2 = Http2::connect(host.address()).await;
    assert_eq!(http2.get("/s").await.rest().await, EXPECTED);
}

#[tokio::test]
async fn lines_02_to_12_the_transcript_in_memory() {
    assert_eq!(Memory::get(host(), "/s").await.rest().await, EXPECTED);
}
