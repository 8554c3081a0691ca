//! Clients whose `Accept` excludes event streams: contract line 27.

use futures_util::stream;
use serde_json::{Value, json};

use crate::wire::Probe;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

async fn check(accept: &str, expected: u16) {
    let probe = Probe::new();
    let counted = probe.clone();
    let host = scripted(move |cx| {
        let _guard = counted.guard();
        let silent = stream::pending::<Value>();
        Box::pin(async move { cx.send.event_stream_async("a", silent).await })
    });
    let host = host.start().await.unwrap();
    let request = format!("GET /s HTTP/1.1\r\nhost: a\r\naccept: {accept}\r\n\r\n");
    let mut raw = Raw::open(host.address(), request).await;
    let head = raw.head().await;
    assert_eq!(head.status(), expected, "{accept:?}");
    let mut http2 = Http2::connect(host.address()).await;
    let request = http::Request::get("http://a/s").header("accept", accept);
    let asked = http2.request(request.body(()).unwrap()).await;
    assert_eq!(asked.answer().await.head.status, expected, "{accept:?}");
    if expected == 406 {
        assert_eq!(probe.started(), 0);
        assert_eq!(head.header("content-type"), ["application/problem+json"]);
        let length = head.header("content-length")[0].parse().unwrap();
        let problem: Value = serde_json::from_slice(&raw.bytes(length).await).unwrap();
        assert_eq!(problem["status"], json!(406));
        assert_eq!(problem["instance"], json!("/s"));
    }
}

#[tokio::test]
async fn line_27_an_accept_that_excludes_event_streams_gets_a_406() {
    check("application/json", 406).await;
    check("text/event-stream;q=0, */*", 406).await;
    check("text/html, image/*;q=0.8", 406).await;
}

#[tokio::test]
async fn line_27_any_other_accept_gets_the_stream() {
    for accept in ["text/event-stream", "", "*/*", "text/*;q=0.1", "application/json, */*"] {
        check(accept, 200).await;
    }
}
