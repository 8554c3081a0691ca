//! Size and time limits of a request body.

use std::time::Duration;

use hyperpoint::Running;
use hyperpoint::prelude::*;
use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{answer, endpoint, talk, written};
use crate::wire::raw::Raw;
use crate::wire::within;

endpoint! {
    Small: Vec<u32> => ();
    |config| {
        config.post("/default");
        config.allow_anonymous();
    }
    |list, cx| { cx.send.string_async(format!("{list:?}")).await }
}

endpoint! {
    Large: Vec<u32> => ();
    |config| {
        config.post("/large");
        config.allow_anonymous();
        config.body_limit_bytes(100_000);
    }
    |list, cx| { cx.send.string_async(list.len().to_string()).await }
}

endpoint! {
    Ignores: () => ();
    |config| {
        config.post("/ignores");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.string_async("whatever").await }
}

async fn host() -> Running {
    let host = Host::empty().endpoint::<Small>().endpoint::<Large>();
    let host = host.endpoint::<Ignores>().bind("127.0.0.1:0");
    let host = host.options(|options| {
        options.body_limit_bytes = 16;
        options.request_body = Duration::from_millis(200);
    });
    host.start().await.unwrap()
}

fn head(path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_content_length_over_the_limit_is_a_413_without_100_continue() {
    let host = host().await;
    let headers = "content-length: 17\r\nexpect: 100-continue\r\n";
    let answer = talk(host.address(), head("/default", headers)).await;
    assert_snapshot!(answer, @r#"
    HTTP/1.1 413 Payload Too Large
    content-type: application/problem+json
    connection: close
    content-length: 174
    date: -

    {"type":"about:blank","title":"Payload Too Large","status":413,"detail":"the body is larger than 16 bytes","instance":"/default","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_a_413() {
    let host = host().await;
    let request = head("/default", "transfer-encoding: chunked\r\nconnection: close\r\n");
    let chunks = "9\r\n[1, 2, 3,\r\n9\r\n 4, 5, 6]\r\n0\r\n\r\n";
    let answer = talk(host.address(), request + chunks).await;
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\n"), "{answer}");
    assert!(answer.contains("the body is larger than 16 bytes"), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_within_the_limit_is_read_completely() {
    let host = host().await;
    let request = head("/default", "transfer-encoding: chunked\r\n");
    let mut raw = Raw::open(host.address(), request).await;
    for chunk in
        ["3\r\n[1,\r\n", "4;name=value\r\n 2, \r\n", "2\r\n3]\r\n", "0\r\nx-trailer: y\r\n\r\n"]
    {
        raw.write(chunk).await;
    }
    assert!(answer(&mut raw).await.ends_with("\n\n[1, 2, 3]"));
}

#[tokio::test]
async fn an_endpoint_may_have_a_limit_of_its_own() {
    let host = host().await;
    let body = format!("[{}1]", "1,".repeat(40_000));
    let headers = format!("content-length: {}\r\nconnection: close\r\n", body.len());
    let answer = talk(host.address(), head("/large", &headers) + &body).await;
    assert!(answer.ends_with("\n\n40001"), "{answer}");
    let answer = talk(host.address(), head("/large", "content-length: 100001\r\n")).await;
    assert!(answer.contains("the body is larger than 100000 bytes"), "{answer}");
}

#[tokio::test]
async fn a_body_that_arrives_too_slowly_is_a_408() {
    let host = host().await;
    let raw = Raw::open(host.address(), head("/default", "content-length: 3\r\n") + "[").await;
    let answer = written(&raw.until_close().await);
    assert_snapshot!(answer, @r#"
    HTTP/1.1 408 Request Timeout
    content-type: application/problem+json
    connection: close
    content-length: 167
    date: -

    {"type":"about:blank","title":"Request Timeout","status":408,"detail":"the body arrived too slowly","instance":"/default","traceId":"T"}
    "#);
}

#[tokio::test]
async fn an_endpoint_that_reads_no_body_sends_no_100_continue() {
    let host = host().await;
    let headers = "content-length: 3\r\nexpect: 100-continue\r\n";
    let answer = talk(host.address(), head("/ignores", headers)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\n"), "{answer}");
}

#[tokio::test]
async fn an_unread_body_is_not_parsed_as_the_next_request() {
    let host = host().await;
    let mut raw = Raw::open(
        host.address(),
        head("/ignores", "content-length: 16\r\n") + "GET / HTTP/1.1\r\n",
    )
    .await;
    assert!(answer(&mut raw).await.ends_with("\n\nwhatever"));
    raw.write(head("/ignores", "connection: close\r\ncontent-length: 0\r\n")).await;
    assert!(answer(&mut raw).await.ends_with("\n\nwhatever"));
}

#[tokio::test]
async fn an_invalid_chunk_is_a_400() {
    let host = host().await;
    let request = head("/default", "transfer-encoding: chunked\r\n") + "zz\r\n[]\r\n0\r\n\r\n";
    let answer = talk(host.address(), request).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\n"), "{answer}");
    assert!(answer.contains("the body is incomplete or malformed"), "{answer}");
}

#[tokio::test]
async fn a_client_that_is_sending_a_large_body_receives_the_refusal() {
    let host = host().await;
    let mut socket = TcpStream::connect(host.address()).await.unwrap();
    let length = 4 * 1024 * 1024;
    let request = head("/default", &format!("content-length: {length}\r\n"));
    socket.write_all(request.as_bytes()).await.unwrap();
    // The host closes the connection while the body is sent; how much is sent does not matter.
    let _ = socket.write_all(&vec![b' '; length]).await;
    let mut first = [0; 32];
    within(socket.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 413 Payload Too Large\r\n");
}
