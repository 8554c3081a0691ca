//! Framing of the body, and many streams on one connection: contract line 19.

use hyperpoint::prelude::*;
use tokio::sync::watch;

use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Each stream sends its number at once, and ends when its sender asks it to.
fn numbered(release: &watch::Receiver<bool>) -> Host {
    let release = release.clone();
    scripted(move |cx| {
        let mut release = release.clone();
        let number = cx.request.uri.query().unwrap_or_default().to_owned();
        let items = stream! {
            yield StreamItem::text(number.clone());
            release.wait_for(|is_released| *is_released).await.unwrap();
            yield StreamItem::text(format!("{number} ends"));
        };
        Box::pin(async move {
            let items = cx.send.stream_items_async(items);
            items.retry(std::time::Duration::from_secs(1)).await
        })
    })
}

#[tokio::test]
async fn line_19_http_1_1_is_chunked_and_the_connection_stays_open() {
    let (send, release) = watch::channel(true);
    let host = numbered(&release).start().await.unwrap();
    let mut raw = Raw::connect(host.address()).await;
    for _ in 0..3 {
        raw.write("GET /s?7 HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let head = raw.head().await;
        assert_eq!(head.header("transfer-encoding"), ["chunked"]);
        let body = raw.chunked_body().await;
        assert_eq!(body, "retry: 1000\ndata: 7\n\ndata: 7 ends\n\n");
    }
    drop(send);
}

async fn check_http_1_0(more: &str) {
    let (send, release) = watch::channel(false);
    let host = numbered(&release).start().await.unwrap();
    let request = format!("GET /s?7 HTTP/1.0\r\n{more}\r\n");
    let mut raw = Raw::open(host.address(), request).await;
    let head = raw.head().await;
    assert_eq!(head.status(), 200);
    assert_eq!(head.header("content-type"), ["text/event-stream"]);
    assert!(head.header("transfer-encoding").is_empty(), "{head:?}");
    assert!(head.header("content-length").is_empty(), "{head:?}");
    let first = b"retry: 1000\ndata: 7\n\n";
    assert_eq!(raw.bytes(first.len()).await, first);
    send.send(true).unwrap();
    assert_eq!(raw.until_close().await, b"data: 7 ends\n\n");
}

#[tokio::test]
async fn line_19_an_http_1_0_client_gets_a_body_that_ends_with_the_connection() {
    check_http_1_0("").await;
    check_http_1_0("host: a\r\nconnection: keep-alive\r\n").await;
}

#[tokio::test]
async fn line_19_fifty_streams_on_one_http_2_connection() {
    let (send, release) = watch::channel(false);
    let host = numbered(&release).start().await.unwrap();
    let mut http2 = Http2::connect(host.address()).await;
    let mut answers = Vec::new();
    for number in 0..50 {
        answers.push(http2.get(&format!("/s?{number}")).await);
    }
    for (number, answer) in answers.iter_mut().enumerate() {
        let first = format!("retry: 1000\ndata: {number}\n\n");
        assert_eq!(answer.until("\n\n").await, first);
    }
    send.send(true).unwrap();
    for (number, answer) in answers.iter_mut().enumerate() {
        let last = format!("data: {number} ends\n\n");
        assert_eq!(answer.rest().await, last);
    }
}
