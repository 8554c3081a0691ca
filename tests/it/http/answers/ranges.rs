//! Range requests.

use http::{Method, Request};
use hyperpoint::Application;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::files::folder;
use crate::http::{ask, endpoint};

endpoint! {
    Letters: () => ();
    |config| {
        config.get("/letters");
        config.post("/letters");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.etag(7_u64).bytes_async("abcdefghij", "text/plain").await }
}

endpoint! {
    Unversioned: () => ();
    |config| {
        config.get("/unversioned");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.bytes_async("abcdefghij", "text/plain").await }
}

fn letters() -> Application {
    Host::empty().endpoint::<Letters>().endpoint::<Unversioned>().build().unwrap()
}

async fn part(app: &Application, path: &str, headers: &[(&str, &str)]) -> String {
    part_of(app, Method::GET, path, headers).await
}

async fn part_of(
    app: &Application,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> String {
    let request = Request::builder().method(method).uri(path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    ask(app, request.body(String::new()).unwrap()).await
}

#[tokio::test]
async fn one_range_is_sent_without_boundaries() {
    let (_folder, host) = folder();
    let app = host.build().unwrap();
    let digits = async |range| part(&app, "/files/digits.bin", &[("range", range)]).await;
    assert_snapshot!(digits("bytes=2-4").await, @r#"
    206 Partial Content
    accept-ranges: bytes
    content-range: bytes 2-4/10
    content-type: application/octet-stream
    etag: "ae1b981bc490a00-a"
    last-modified: Sun, 06 Nov 1994 08:49:37 GMT
    x-content-type-options: nosniff

    234
    "#);
    for (range, told, text) in
        [("bytes=7-", "bytes 7-9/10", "789"), ("bytes=-2", "bytes 8-9/10", "89")]
    {
        let answer = digits(range).await;
        assert!(answer.starts_with("206 ") && answer.ends_with(&format!("\n\n{text}")), "{answer}");
        assert!(answer.contains(&format!("content-range: {told}\n")), "{answer}");
    }
}

#[tokio::test]
async fn several_ranges_are_sent_between_boundaries() {
    let (_folder, host) = folder();
    let app = host.build().unwrap();
    for (app, path, kind, digits) in [
        (&app, "/files/digits.bin", "application/octet-stream", ["01", "56", "9"]),
        (&letters(), "/letters", "text/plain", ["ab", "fg", "j"]),
    ] {
        let answer = part(app, path, &[("range", "bytes=0-1, 5-6, -1")]).await;
        let boundary = answer.split_once("multipart/byteranges; boundary=").unwrap().1;
        let boundary = boundary.lines().next().unwrap().to_owned();
        assert_eq!(boundary.len(), 32);
        let body = answer.split_once("\n\n").unwrap().1.replace(&boundary, "B");
        let [one, two, three] = digits;
        let expected = format!(
            "--B\r\ncontent-type: {kind}\r\ncontent-range: bytes 0-1/10\r\n\r\n{one}\r\n\
             --B\r\ncontent-type: {kind}\r\ncontent-range: bytes 5-6/10\r\n\r\n{two}\r\n\
             --B\r\ncontent-type: {kind}\r\ncontent-range: bytes 9-9/10\r\n\r\n{three}\r\n\
             --B--\r\n"
        );
        assert_eq!(body, expected);
        assert!(answer.starts_with("206 "), "{answer}");
    }
}

#[tokio::test]
async fn a_range_after_the_end_is_refused_with_the_length() {
    assert_snapshot!(part(&letters(), "/letters", &[("range", "bytes=10-")]).await, @r#"
    416 Range Not Satisfiable
    accept-ranges: bytes
    content-range: bytes */10
    content-type: application/problem+json

    {"type":"about:blank","title":"Range Not Satisfiable","status":416,"instance":"/letters","traceId":"T"}
    "#);
}

#[tokio::test]
async fn an_unsupported_range_is_ignored() {
    let app = letters();
    for range in ["lines=1-2", "bytes=x", "bytes=5-2", "bytes=0-4,3-8", "bytes="] {
        let answer = part(&app, "/letters", &[("range", range)]).await;
        assert!(answer.starts_with("200 ") && answer.ends_with("\n\nabcdefghij"), "{answer}");
    }
    let twice = [("range", "bytes=0-1"), ("range", "bytes=2-3")];
    assert!(part(&app, "/letters", &twice).await.starts_with("200 "));
    // Without a version, a client could not combine parts.
    let answer = part(&app, "/unversioned", &[("range", "bytes=0-1")]).await;
    assert!(answer.starts_with("200 ") && !answer.contains("accept-ranges"), "{answer}");
}

#[tokio::test]
async fn only_get_supports_ranges() {
    let app = letters();
    for method in [Method::HEAD, Method::POST] {
        let answer = part_of(&app, method, "/letters", &[("range", "bytes=0-1")]).await;
        assert!(answer.starts_with("200 ") && answer.contains("accept-ranges: bytes"), "{answer}");
    }
}

#[tokio::test]
async fn a_range_of_another_version_gets_the_whole_current_version() {
    let (_folder, host) = folder();
    let files = host.build().unwrap();
    let digits = "/files/digits.bin";
    let tag = "\"ae1b981bc490a00-a\"";
    let letters = letters();
    for (app, path, if_range, is_part) in [
        (&letters, "/letters", "\"7\"", true),
        (&letters, "/letters", "\"8\"", false),
        (&letters, "/letters", "W/\"7\"", false),
        (&letters, "/letters", "junk", false),
        (&files, digits, tag, true),
        (&files, digits, "Sun, 06 Nov 1994 08:49:37 GMT", true),
        (&files, digits, "Sunday, 06-Nov-94 08:49:37 GMT", true),
        (&files, digits, "Sun, 06 Nov 1994 08:49:38 GMT", false),
    ] {
        let answer = part(app, path, &[("range", "bytes=0-1"), ("if-range", if_range)]).await;
        let status = if is_part { "206 " } else { "200 " };
        assert!(answer.starts_with(status), "{if_range}: {answer}");
    }
}

#[tokio::test]
async fn preconditions_are_checked_before_ranges() {
    let app = letters();
    let range = ("range", "bytes=0-1");
    let known = part(&app, "/letters", &[range, ("if-none-match", "\"7\"")]).await;
    assert!(known.starts_with("304 "), "{known}");
    let other = part(&app, "/letters", &[("range", "bytes=99-"), ("if-match", "\"8\"")]).await;
    assert!(other.starts_with("412 "), "{other}");
}
