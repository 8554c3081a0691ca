//! Request heads that are refused.

use hyperpoint::Running;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use crate::http::{endpoint, talk};

endpoint! {
    Get: () => ();
    |config| {
        config.get("/");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Post: Vec<u32> => ();
    |config| {
        config.post("/");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

async fn host() -> Running {
    let host = Host::empty().endpoint::<Get>().endpoint::<Post>().bind("127.0.0.1:0");
    host.start().await.unwrap()
}

/// Sends a POST with these headers whose body waits for `100 Continue`, and renders the response.
async fn post(hosts: &str) -> String {
    let host = host().await;
    let rest = "expect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 2\r\n";
    talk(host.address(), format!("POST / HTTP/1.1\r\n{hosts}{rest}connection: close\r\n\r\n")).await
}

#[tokio::test]
async fn rfc_9112_3_2_a_request_without_exactly_one_valid_host_is_a_400_without_100_continue() {
    assert_snapshot!(post("").await, @r#"
    HTTP/1.1 400 Bad Request
    content-type: application/problem+json
    connection: close
    content-length: 157
    date: -

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the `Host` header is missing","instance":"/","traceId":"T"}
    "#);
    assert_snapshot!(post("host: a\r\nhost: a\r\n").await, @r#"
    HTTP/1.1 400 Bad Request
    content-type: application/problem+json
    connection: close
    content-length: 172
    date: -

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the `Host` header is present more than once","instance":"/","traceId":"T"}
    "#);
    assert_snapshot!(post("host: user@a\r\n").await, @r#"
    HTTP/1.1 400 Bad Request
    content-type: application/problem+json
    connection: close
    content-length: 159
    date: -

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"the `Host` header is malformed","instance":"/","traceId":"T"}
    "#);
    for hosts in
        ["host: a b\r\n", "host: a/b\r\n", "host: a:x\r\n", "host: \u{e9}\r\n", "host: a, a\r\n"]
    {
        let answer = post(hosts).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{hosts}: {answer}");
        assert!(answer.contains("\"instance\":\"/\""), "{hosts}: {answer}");
    }
}

#[tokio::test]
async fn a_valid_host_gets_100_continue() {
    let host = host().await;
    let request = "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n";
    let mut raw = crate::wire::raw::Raw::open(host.address(), request).await;
    assert_eq!(raw.head().await.text(), "HTTP/1.1 100 Continue\r\n\r\n");
    raw.write("[]").await;
    assert_eq!(raw.head().await.status(), 204);
}

#[tokio::test]
async fn an_unparsable_head_is_refused_with_a_problem_document() {
    let host = host().await;
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(17 * 1024));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(100));
    let cases: [(&str, &str); 9] = [
        ("a head over 16 KiB", &long),
        ("101 headers", &many),
        ("no HTTP", "hello\r\n\r\n"),
        ("no version", "GET /\r\n\r\n"),
        ("another version", "GET / HTTP/3.0\r\nhost: a\r\n\r\n"),
        ("a header without a colon", "GET / HTTP/1.1\r\nhost\r\n\r\n"),
        ("a space before the colon", "GET / HTTP/1.1\r\nhost : a\r\n\r\n"),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n[]",
        ),
        (
            "a coding that is not chunked",
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
        ),
    ];
    let mut told = Vec::new();
    for (name, request) in cases {
        let answer = talk(host.address(), request).await;
        told.push(format!("{name}: {}", answer.trim_end().replace('\n', " | ")));
    }
    assert_snapshot!(told.join("\n"), @r#"
    a head over 16 KiB: HTTP/1.1 431 Request Header Fields Too Large | connection: close | date: - | content-type: application/problem+json | content-length: 150 |  | {"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"the head of the request is too large, or has too many headers"}
    101 headers: HTTP/1.1 431 Request Header Fields Too Large | connection: close | date: - | content-type: application/problem+json | content-length: 150 |  | {"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"the head of the request is too large, or has too many headers"}
    no HTTP: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    no version: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    another version: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    a header without a colon: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    a space before the colon: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    two lengths: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    a coding that is not chunked: HTTP/1.1 400 Bad Request | connection: close | date: - | content-type: application/problem+json | content-length: 105 |  | {"type":"about:blank","title":"Bad Request","status":400,"detail":"the head of the request is malformed"}
    "#);
}

#[tokio::test]
async fn a_hundred_headers_of_sixteen_kib_are_accepted() {
    let host = host().await;
    let many =
        format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}\r\n", "x: y\r\n".repeat(98));
    let long = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n",
        "x".repeat(16_000)
    );
    for request in [many, long] {
        let answer = talk(host.address(), request).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
}

#[tokio::test]
async fn a_content_length_beside_chunked_coding_does_not_split_a_request() {
    let host = host().await;
    let request = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = talk(host.address(), request).await;
    assert_snapshot!(answer, @"
    HTTP/1.1 204 No Content
    connection: close
    date: -
    ");
}

#[tokio::test]
async fn a_body_with_another_transfer_coding_than_chunked_is_not_read_as_it_is() {
    let host = host().await;
    let post = async |codings: &str| {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{codings}\r\n2\r\n[]\r\n\
             0\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        );
        talk(host.address(), request).await
    };
    for coding in ["chunked", "Chunked", ", chunked"] {
        let answers = post(&format!("transfer-encoding: {coding}\r\n")).await;
        assert_eq!(answers.matches("HTTP/1.1 204 ").count(), 2, "{coding}: {answers}");
    }
    for codings in [
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked, chunked\r\n",
        "transfer-encoding: identity, chunked\r\n",
        "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
    ] {
        let answers = post(codings).await;
        assert!(answers.starts_with("HTTP/1.1 501 "), "{codings}: {answers}");
        assert!(answers.contains("\nconnection: close"), "{answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{answers}");
    }
}
