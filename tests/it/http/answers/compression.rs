//! Compressed responses.

use std::io::Read;
use std::time::Duration;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, ETAG,
    HeaderValue, RANGE, VARY,
};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use hyperpoint::prelude::*;
use hyperpoint::{Application, ETag, Running, Validators};

use super::files::folder;
use crate::http::endpoint;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use tower::ServiceExt;

endpoint! {
    Letters: () => Vec<u32>;
    |config| {
        config.get("/letters");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.etag(7_u64).ok_async(vec![7; 1000]).await }
}

/// Other crates of an application can enable codings that the host has no tags for: tower-http is
/// built once for all of them, here with `compression-deflate`.
#[tokio::test]
async fn a_coding_that_the_host_has_no_tag_for_is_not_used() {
    let app = Host::empty().endpoint::<Letters>().compression().build().unwrap();
    for coding in ["deflate", "deflate, zstd;q=0.9, gzip;q=0.1"] {
        let request = Request::get("/letters").header(ACCEPT_ENCODING, coding);
        let answer = app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
        let coding = answer.headers().get(CONTENT_ENCODING);
        let expected = if coding.is_some() { "\"7-gzip\"" } else { "\"7\"" };
        assert_ne!(coding.map(HeaderValue::as_bytes), Some(&b"deflate"[..]));
        assert_eq!(answer.headers()[ETAG], expected);
    }
}

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let ticks = stream! {
            for tick in 0.. {
                yield tick;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        cx.send.event_stream_async("tick", ticks).await
    }
}

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

endpoint! {
    Versions: Kind => String;
    |config| {
        config.get("/versions/{kind}");
        config.put("/versions/{kind}");
        config.allow_anonymous();
    }
    |Kind { kind }, cx| {
        if cx.request.method == "PUT" {
            Validators::etag(7_u64).check(cx.request)?;
        }
        let text = "festina lente ".repeat(20);
        let send = cx.send;
        match kind.as_str() {
            "weak" => send.etag(ETag::weak("7")?).ok_async(text).await,
            "short" => send.etag(7_u64).ok_async("x".to_owned()).await,
            "image" => send.etag(7_u64).bytes_async(text, "image/png").await,
            "own-name" => send.etag(ETag::strong("build-gzip")?).ok_async(text).await,
            "untouched" => {
                let rule = HeaderValue::from_static("no-transform");
                send.etag(7_u64).header(CACHE_CONTROL, rule).ok_async(text).await
            }
            "own-coding" => {
                let own = HeaderValue::from_static("gzip");
                send.etag(7_u64).header(CONTENT_ENCODING, own).ok_async(text).await
            }
            "dated" => {
                let send = send.last_modified(std::time::SystemTime::UNIX_EPOCH);
                send.etag(7_u64).ok_async(text).await
            }
            _ => send.etag(7_u64).ok_async(text).await,
        }
    }
}

fn host() -> Host {
    let (_, host) = folder();
    host.endpoint::<Letters>().endpoint::<Ticks>().endpoint::<Versions>().compression()
}

async fn running() -> Running {
    host().start().await.unwrap()
}

fn letters() -> Vec<u8> {
    serde_json::to_vec(&vec![7; 1000]).unwrap()
}

#[tokio::test]
async fn json_is_compressed_with_a_coding_that_the_client_accepts() {
    let running = running().await;
    for (accept, expected) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.5, br", "br")] {
        let request = format!(
            "GET /letters HTTP/1.1\r\nhost: a\r\naccept-encoding: {accept}\r\nconnection: close\r\n\r\n"
        );
        let mut raw = Raw::open(running.address(), request).await;
        let head = raw.head().await;
        assert_eq!(head.header("content-encoding"), [expected]);
        assert_eq!(head.header("vary"), ["accept-encoding"]);
        // The compressed bytes differ from those of the plain response, so the tag differs too.
        assert_eq!(head.header("etag"), [format!("\"7-{expected}\"")]);
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

/// Joins the chunks of a body.
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
async fn a_client_without_accept_encoding_gets_an_uncompressed_response() {
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
async fn line_25_an_event_stream_is_never_compressed() {
    let running = running().await;
    let request = "GET /ticks HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip, br\r\n\r\n";
    let mut raw = Raw::open(running.address(), request).await;
    let head = raw.head().await;
    assert!(head.header("content-encoding").is_empty(), "{head:?}");
    // Each event arrives as soon as it is sent.
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
async fn a_whole_file_is_compressed_and_a_range_never() {
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
    let coded = headers[ETAG].to_str().unwrap().to_owned();
    assert!(coded.starts_with('"') && coded.ends_with("-gzip\""), "{coded}");
    assert!(!headers.contains_key(ACCEPT_RANGES) && !headers.contains_key(CONTENT_LENGTH));
    let part = ask(Some("bytes=0-99")).await;
    assert_eq!(part.status(), 206);
    assert!(!part.headers().contains_key(CONTENT_ENCODING));
    assert_eq!(part.headers()[ETAG], coded.replace("-gzip", ""));
    assert_eq!(part.headers()[VARY], "accept-encoding");
    assert_eq!(part.into_body().collect().await.unwrap().to_bytes(), "a".repeat(100));
}

/// Returns the status and the headers of a response.
async fn head(
    app: &Application,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap) {
    let request = Request::builder().method(method).uri(target);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = app.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
    (answer.status().as_u16(), answer.headers().clone())
}

#[tokio::test]
async fn a_304_has_the_headers_of_the_200() {
    let (folder, host) = folder();
    std::fs::write(folder.path().join("root/long.txt"), "a".repeat(10_000)).unwrap();
    let app = host.endpoint::<Versions>().compression().build().unwrap();
    let kinds = ["json", "weak", "short", "image", "own-name", "untouched", "own-coding", "dated"];
    let versions = kinds.map(|kind| format!("/versions/{kind}"));
    let targets = versions.iter().map(String::as_str).chain(["/files/long.txt"]);
    for target in targets {
        for method in ["GET", "HEAD"] {
            for accept in ["gzip", "br", "gzip;q=0.5, br;q=0.4", "identity", "*", "identity;q=0"] {
                let accept = ("accept-encoding", accept);
                let (status, whole) = head(&app, method, target, &[accept]).await;
                assert_eq!(status, 200, "{target}");
                let tag = whole[ETAG].to_str().unwrap();
                for known in [tag, "*", &format!("\"other\", {tag}")] {
                    let asked = [accept, ("if-none-match", known)];
                    let (status, known) = head(&app, method, target, &asked).await;
                    assert_eq!(status, 304, "{target} {accept:?} {known:?}");
                    for name in [ETAG, VARY, CACHE_CONTROL] {
                        assert_eq!(
                            known.get(&name),
                            whole.get(&name),
                            "{target} {accept:?} {name}"
                        );
                    }
                }
            }
        }
    }
    // A date names no coding: the tag is that of the content that would be sent.
    let since = ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT");
    for (accept, expected) in [("gzip", "\"7-gzip\""), ("identity", "\"7\""), ("*", "\"7-br\"")] {
        let asked = [since, ("accept-encoding", accept)];
        let (status, known) = head(&app, "GET", "/versions/dated", &asked).await;
        assert_eq!((status, known[ETAG].to_str().unwrap()), (304, expected), "{accept}");
    }
}

#[tokio::test]
async fn a_tag_of_a_coding_that_the_client_does_not_accept_does_not_match() {
    let app = host().build().unwrap();
    for (accept, known, expected) in [
        ("gzip", "\"7-br\"", (200, "\"7-gzip\"")),
        ("identity", "\"7-gzip\"", (200, "\"7\"")),
        ("gzip", "\"7\"", (304, "\"7\"")),
        ("gzip, br", "\"7-gzip\"", (304, "\"7-gzip\"")),
        ("gzip, br", "\"7-gzip\", \"7-br\"", (304, "\"7-br\"")),
        ("gzip", "W/\"7-gzip\"", (304, "\"7-gzip\"")),
        ("gzip", "\"8-gzip\"", (200, "\"7-gzip\"")),
    ] {
        let asked = [("accept-encoding", accept), ("if-none-match", known)];
        let (status, headers) = head(&app, "GET", "/versions/json", &asked).await;
        assert_eq!((status, headers[ETAG].to_str().unwrap()), expected, "{asked:?}");
    }
}

#[tokio::test]
async fn the_tag_of_a_compressed_response_is_valid_for_if_match() {
    let app = host().build().unwrap();
    for accept in ["gzip", "br", "identity"] {
        let accept = ("accept-encoding", accept);
        let (_, headers) = head(&app, "GET", "/versions/json", &[accept]).await;
        let tag = headers[ETAG].to_str().unwrap();
        for asked in [&[("if-match", tag)][..], &[accept, ("if-match", tag)]] {
            assert_eq!(head(&app, "PUT", "/versions/json", asked).await.0, 200, "{tag}");
            let asked: Vec<_> = asked.iter().map(|&(name, _)| (name, "\"6-gzip\"")).collect();
            assert_eq!(head(&app, "PUT", "/versions/json", &asked).await.0, 412, "{tag}");
        }
        let create = [("if-none-match", tag)];
        assert_eq!(head(&app, "PUT", "/versions/json", &create).await.0, 412, "{tag}");
    }
    // A weak tag never matches in `If-Match`.
    let weak = [("if-match", "W/\"7-gzip\"")];
    assert_eq!(head(&app, "PUT", "/versions/json", &weak).await.0, 412);
    let own = [("if-match", "\"build-gzip\"")];
    assert_eq!(head(&app, "GET", "/versions/own-name", &own).await.0, 200);
}

#[tokio::test]
async fn ranges_of_a_plain_file_do_not_combine_with_a_compressed_one() {
    let (folder, host) = folder();
    std::fs::write(folder.path().join("root/long.txt"), "a".repeat(10_000)).unwrap();
    let app = host.compression().build().unwrap();
    let accept = ("accept-encoding", "gzip");
    let (_, coded) = head(&app, "GET", "/files/long.txt", &[accept]).await;
    let (_, plain) = head(&app, "GET", "/files/long.txt", &[]).await;
    for (tag, expected) in [(&coded[ETAG], 200), (&plain[ETAG], 206)] {
        let asked = [accept, ("range", "bytes=0-9"), ("if-range", tag.to_str().unwrap())];
        assert_eq!(head(&app, "GET", "/files/long.txt", &asked).await.0, expected, "{tag:?}");
    }
    let parts = [accept, ("range", "bytes=0-9,20-29")];
    let (status, headers) = head(&app, "GET", "/files/long.txt", &parts).await;
    assert_eq!((status, &headers[VARY]), (206, &HeaderValue::from_static("accept-encoding")));
    assert!(!headers.contains_key(CONTENT_ENCODING), "{headers:?}");
    assert_eq!(headers[ETAG], plain[ETAG]);
}
