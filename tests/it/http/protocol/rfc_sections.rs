//! Requirements of RFC 9112 and RFC 9113 on a server, section by section, checked in the bytes on
//! the wire.

use hyperpoint::prelude::*;

use crate::http::{endpoint, talk};
use crate::wire::frames::{
    ACK, END_HEADERS, END_STREAM, Frame, Frames, GOAWAY, HEADERS, RST_STREAM, SETTINGS, frame,
    literal,
};

endpoint! {
    Hello: () => ();
    |config| {
        config.get("/hello");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("hello").await }
}

async fn host() -> hyperpoint::Running {
    Host::empty().endpoint::<Hello>().bind("127.0.0.1:0").start().await.unwrap()
}

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/hello")];

/// Sends a request with these fields and no body, and returns its status or the code of its reset.
async fn check(fields: &[(&str, &str)], expected: &str) {
    let host = host().await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name, value)).collect();
    frames.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)).await;
    let answer = loop {
        let read = frames.read().await;
        if [HEADERS, RST_STREAM, GOAWAY].contains(&read.kind) {
            break seen(&read);
        }
    };
    assert_eq!(answer, expected, "{fields:?}");
}

/// Statuses of the static table (RFC 7541, Appendix A), error codes of RFC 9113 §7.
fn seen(answer: &Frame) -> &'static str {
    match (answer.kind, answer.payload.first()) {
        (HEADERS, Some(0x88)) => "200",
        (HEADERS, Some(0x8c)) => "400",
        (HEADERS, Some(0x8d)) => "404",
        (RST_STREAM, _) if answer.code() == 1 => "reset by PROTOCOL_ERROR",
        // A connection error in place of a stream error, as §5.4.2 allows.
        (GOAWAY, _) if answer.code() == 1 => "all ended by PROTOCOL_ERROR",
        _ => panic!("{answer:?}"),
    }
}

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&GET[..], more].concat()
}

fn without<'a>(name: &str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let rest = GET.into_iter().filter(|(known, _)| *known != name);
    rest.chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn rfc_9113_3_4_the_first_frame_of_the_host_is_settings() {
    let host = host().await;
    let mut frames = Frames::connect(host.address(), &[]).await;
    let first = frames.read().await;
    assert_eq!((first.kind, first.flags & ACK, first.stream), (SETTINGS, 0, 0));
}

#[tokio::test]
async fn rfc_9113_3_4_an_invalid_preface_is_refused() {
    for wrong in
        ["PRI * HTTP/2.0\n\nXX\n\n", "PRI * HTTP/2.1\n\nSM\n\n", "PRI / HTTP/2.0\n\nSM\n\n"]
    {
        let status = status(wrong).await;
        assert!(status == "400" || status == "505", "{wrong:?}: {status}");
    }
}

#[tokio::test]
async fn rfc_9113_8_1_1_a_content_length_that_differs_from_the_body_is_malformed() {
    check(&with(&[("content-length", "0")]), "200").await;
    check(&with(&[("content-length", "5")]), "reset by PROTOCOL_ERROR").await;
}

#[tokio::test]
async fn rfc_9113_8_2_1_names_are_lower_case_and_values_have_no_line_break() {
    check(&with(&[("x-a", "b")]), "200").await;
    check(&with(&[("X-A", "b")]), "all ended by PROTOCOL_ERROR").await;
    check(&with(&[("x-a", "b\r\nx-c: d")]), "all ended by PROTOCOL_ERROR").await;
    check(&with(&[("x a", "b")]), "all ended by PROTOCOL_ERROR").await;
}

#[tokio::test]
async fn rfc_9113_8_2_2_connection_specific_headers_are_malformed() {
    check(&with(&[("te", "trailers")]), "200").await;
    for (name, value) in [
        ("te", "gzip"),
        ("connection", "keep-alive"),
        ("proxy-connection", "keep-alive"),
        ("keep-alive", "5"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
    ] {
        check(&with(&[(name, value)]), "reset by PROTOCOL_ERROR").await;
    }
}

#[tokio::test]
async fn rfc_9113_8_3_pseudo_headers_come_first_and_once_and_are_defined() {
    let mut late = GET.to_vec();
    late.insert(2, ("x-a", "b"));
    check(&late, "reset by PROTOCOL_ERROR").await;
    check(&with(&[(":path", "/other")]), "reset by PROTOCOL_ERROR").await;
    check(&with(&[(":status", "200")]), "reset by PROTOCOL_ERROR").await;
}

#[tokio::test]
async fn rfc_9113_8_3_1_a_request_has_a_method_a_scheme_and_a_path() {
    for name in [":method", ":scheme", ":path"] {
        check(&without(name, &[]), "reset by PROTOCOL_ERROR").await;
    }
    check(&without(":path", &[(":path", "")]), "reset by PROTOCOL_ERROR").await;
}

#[tokio::test]
async fn rfc_9113_8_3_1_the_authority_replaces_the_host_and_has_no_userinfo() {
    check(&without(":authority", &[("host", "a")]), "200").await;
    check(&with(&[("host", "a")]), "200").await;
    check(&with(&[("host", "b")]), "400").await;
    check(&with(&[("host", "a"), ("host", "a")]), "400").await;
    check(&without(":authority", &[("host", "user@a")]), "400").await;
    let mut with_user = GET;
    with_user[2].1 = "user@a";
    check(&with_user, "400").await;
}

async fn status(head: &str) -> String {
    let host = host().await;
    let answer = talk(host.address(), head.replace('\n', "\r\n")).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn rfc_9112_2_2_an_empty_line_before_a_request_is_ignored() {
    assert_eq!(status("\nGET /hello HTTP/1.1\nhost: a\nconnection: close\n\n").await, "200");
}

#[tokio::test]
async fn rfc_9112_2_3_another_major_version_is_not_served() {
    for version in ["HTTP/3.0", "HTTP/0.9", "HTTP/1", "http/1.1"] {
        let status = status(&format!("GET /hello {version}\nhost: a\nconnection: close\n\n")).await;
        assert!(status == "400" || status == "505", "{version}: {status}");
    }
}

#[tokio::test]
async fn rfc_9112_3_2_2_a_target_with_userinfo_is_refused() {
    let ask = |target: &str| format!("GET {target} HTTP/1.1\nhost: a\nconnection: close\n\n");
    assert_eq!(status(&ask("http://a/hello")).await, "200");
    assert_eq!(status(&ask("http://user@a/hello")).await, "400");
}
