//! The last event id that a client sends: contract line 21.

use std::time::Duration;

use futures_util::stream;
use http::HeaderValue;
use hyperpoint::prelude::*;

use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Responds with the id that it received.
fn echo() -> Host {
    scripted(|cx| {
        Box::pin(async move {
            let text = format!("{:?}", cx.last_event_id);
            let items = stream::iter([StreamItem::text(text)]);
            let items = cx.send.stream_items_async(items);
            items.retry(Duration::from_secs(1)).await
        })
    })
}

async fn check(query: &str, headers: &[&[u8]], expected: Option<&str>) {
    let host = echo().start().await.unwrap();
    let expected = format!("retry: 1000\ndata: {expected:?}\n\n");
    let mut request = format!("GET /s{query} HTTP/1.1\r\nhost: a\r\n").into_bytes();
    for header in headers {
        request.extend_from_slice(b"Last-Event-ID: ");
        request.extend_from_slice(header);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let mut raw = Raw::open(host.address(), request).await;
    assert_eq!(raw.head().await.status(), 200);
    assert_eq!(raw.chunked_body().await, expected);

    let mut request = http::Request::get(format!("http://a/s{query}"));
    for header in headers {
        request = request.header("last-event-id", HeaderValue::from_bytes(header).unwrap());
    }
    let mut http2 = Http2::connect(host.address()).await;
    let asked = http2.request(request.body(()).unwrap()).await;
    assert_eq!(asked.answer().await.rest().await, expected);
}

#[tokio::test]
async fn line_21_the_header_is_read_as_utf_8() {
    check("", &[], None).await;
    check("", &[b"7"], Some("7")).await;
    check("", &["é豆😀".as_bytes()], Some("é豆😀")).await;
}

#[tokio::test]
async fn line_21_hostile_bytes_an_empty_value_and_repeated_headers_never_fail() {
    check("", &[b"\xff\xfea\x80"], Some("\u{fffd}\u{fffd}a\u{fffd}")).await;
    check("", &[b""], None).await;
    check("", &[b"1", b"2"], Some("2")).await;
    check("", &[&[b'9'; 4000]], Some(&"9".repeat(4000))).await;
}

#[tokio::test]
async fn line_21_the_query_is_read_too_and_the_header_wins() {
    check("?last_event_id=3", &[], Some("3")).await;
    check("?a=b&lastEventId=a%20b", &[], Some("a b")).await;
    check("?lastEventID=5", &[], Some("5")).await;
    check("?lastEventID=5", &[b"4"], Some("4")).await;
    check("?last_event_id=%ff%00", &[], Some("\u{fffd}\0")).await;
    check("?last_event_id=3", &[b"4"], Some("4")).await;
    check("?last_event_id=3", &[b""], Some("3")).await;
    check("?last_event_id=", &[], None).await;
}
