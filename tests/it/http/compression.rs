//! Compressed answers.

use std::io::Read;
use std::time::Duration;

use http::Request;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, RANGE, VARY,
};
use http_body_util::BodyExt;
use hyperpoint::Running;
use hyperpoint::prelude::*;

use super::endpoints::endpoint;
use super::files::folder;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use tower::ServiceExt;

endpoint! {
    Letters: () => Vec<u32>;
    |config| {
        config.get("/letters");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.etag(7_u64).ok_async(vec![7; 1000]).await }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |_, cx| {
        let ticks = stream! {
            for tick in 0.. {
                yield tick;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        cx.send.event_stream_async("tick", ticks).await
    }
}

fn host() -> Host {
    let (_, host) = folder();
    host.endpoint::<Letters>().endpoint::<Ticks>().compression()
}

async fn running() -> Running {
    host().start().await.unwrap()
}

fn letters() -> Vec<u8> {
    serde_json::to_vec(&vec![7; 1000]).unwrap()
}

#[tokio::test]
async fn json_is_compressed_as_the_client_asks() {
    let running = running().await;
    for (accept, expected) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.5, br", "br")] {
        let request = format!(
            "GET /letters HTTP/1.1\r\nhost: a\r\naccept-encoding: {accept}\r\nconnection: close\r\n\r\n"
        );
        let mut raw = Raw::open(running.address(), request).await;
        let head = raw.head().await;
        assert_eq!(head.header("content-encoding"), [expected]);
        assert_eq!(head.header("vary"), ["accept-encoding"]);
        // JSON has no ranges: its tag stays strong, so that `If-Match` may have it.
        assert_eq!(head.header("etag"), ["\"7\""]);
        let bytes = raw.until_close().await;
        let body = dechunked(&bytes);
        assert!(body.len() < 200, "{} bytes", body.len());
        let mut plain = Vec::new();
        match expected {
            "gzip" => flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap(),
            _ => brotli_decompressor::Decompressor::new(&body[..], 4096)
                .read_to_end(&mut plain)
                .unwrap(),
        };
        assert_eq!(plain, letters());
    }
}

/// The body of which these are the chunks.
fn dechunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = std::str::from_utf8(&bytes[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        if size == 0 {
            return body;
        }
        bytes = &bytes[end + 4 + size..];
    }
}

#[tokio::test]
async fn who_asks_for_nothing_gets_it_plain() {
    let app = host().build().unwrap();
    for accept in ["", "identity", "deflate", "gzip;q=0", "*;q=0", "identity;q=0, deflate"] {
        let request = Request::get("/letters").header(ACCEPT_ENCODING, accept);
        let answer = app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200, "{accept}");
        assert!(!answer.headers().contains_key(CONTENT_ENCODING), "{accept}");
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), letters());
    }
}

#[tokio::test]
async fn line_25_an_event_stream_is_left_as_it_is() {
    let running = running().await;
    let request = "GET /ticks HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip, br\r\n\r\n";
    let mut raw = Raw::open(running.address(), request).await;
    let head = raw.head().await;
    assert!(head.header("content-encoding").is_empty(), "{head:?}");
    // Each event as soon as it is there.
    for tick in 0..3 {
        let event = raw.chunk().await.unwrap();
        assert!(event.ends_with(&format!("data: {tick}\n\n")), "{event}");
    }
    let mut client = Http2::connect(running.address()).await;
    let uri = format!("http://{}/ticks", running.address());
    let request = Request::get(uri).header(ACCEPT_ENCODING, "gzip, br").body(()).unwrap();
    let mut answer = client.request(request).await.answer().await;
    assert!(!answer.head.headers.contains_key(CONTENT_ENCODING));
    answer.until("data: 2\n\n").await;
}

#[tokio::test]
async fn a_file_is_compressed_whole_and_never_in_part() {
    let (folder, host) = folder();
    std::fs::write(folder.path().join("root/long.txt"), "a".repeat(10_000)).unwrap();
    let app = host.compression().build().unwrap();
    let ask = async |range: Option<&str>| {
        let request = Request::get("/files/long.txt").header(ACCEPT_ENCODING, "gzip");
        let request =
            range.into_iter().fold(request, |request, range| request.header(RANGE, range));
        app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap()
    };
    let whole = ask(None).await;
    let headers = whole.headers();
    assert_eq!(headers[CONTENT_ENCODING], "gzip");
    assert_eq!(headers[VARY], "accept-encoding");
    // Its bytes are others than those of the plain file, of which parts may be had.
    assert!(headers[ETAG].to_str().unwrap().starts_with("W/\""));
    assert!(!headers.contains_key(ACCEPT_RANGES) && !headers.contains_key(CONTENT_LENGTH));
    let part = ask(Some("bytes=0-99")).await;
    assert_eq!(part.status(), 206);
    assert!(!part.headers().contains_key(CONTENT_ENCODING));
    assert!(part.headers()[ETAG].to_str().unwrap().starts_with('"'));
    assert_eq!(part.into_body().collect().await.unwrap().to_bytes(), "a".repeat(100));
}
