//! Ends of a stream: contract line 24.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyperpoint::prelude::*;

use super::masked::masked;
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::scripted;

const FIRST: &str = "event: n\nretry: 1000\ndata: 1\n\n";
const RECONNECT: &str = "event: n\nretry: -\ndata: 1\n\nevent: reconnect\nretry: -\ndata: {}\n\n";
const PROBLEM: &str = "event: n\nretry: 1000\ndata: 1\n\nevent: problem\n\
    data: {\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500";

/// Creates a stream with these items after its first event.
fn streaming<S>(rest: impl Fn() -> S + Send + Sync + 'static, max_age: Option<Duration>) -> Host
where
    S: Stream<Item = Result<u32>> + Send + 'static,
{
    scripted::<u32>(move |cx| {
        let first = stream::iter([Ok(1)]);
        let events = first.chain(rest());
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", events);
            let events = events.retry(Duration::from_secs(1));
            match max_age {
                Some(age) => events.max_age(age).await,
                None => events.await,
            }
        })
    })
}

/// Reads the body over both protocols, and checks that each connection is usable afterwards.
async fn bodies(host: Host) -> [String; 2] {
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let http1 = raw.chunked_body().await;
    raw.write("GET /none HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(raw.head().await.status(), 404);
    let mut connection = Http2::connect(host.address()).await;
    let http2 = connection.get("/s").await.rest().await;
    assert_eq!(connection.get("/none").await.head.status, 404);
    [http1, http2]
}

#[tokio::test]
async fn line_24_a_finished_stream_ends_with_its_last_chunk() {
    for body in bodies(streaming(stream::empty, None)).await {
        assert_eq!(body, FIRST);
    }
}

#[tokio::test]
async fn line_24_a_stream_whose_source_fails_ends_with_its_last_chunk() {
    let failing = || stream::iter([Err(Problem::internal("a secret"))]);
    for body in bodies(streaming(failing, None)).await {
        assert!(body.starts_with(PROBLEM), "{body:?}");
        assert!(body.ends_with("}\n\n"), "{body:?}");
        assert!(!body.contains("secret"), "{body:?}");
    }
}

#[tokio::test]
async fn line_24_a_stream_whose_source_panics_ends_with_its_last_chunk() {
    let panicking = || {
        stream::once(async {
            tokio::task::yield_now().await;
            panic!("a secret, on purpose")
        })
    };
    for body in bodies(streaming(panicking, None)).await {
        assert!(body.starts_with(PROBLEM), "{body:?}");
        assert!(body.ends_with("}\n\n"), "{body:?}");
        assert!(!body.contains("secret"), "{body:?}");
    }
}

#[tokio::test]
async fn line_24_a_stream_that_reaches_its_maximum_age_ends_with_its_last_chunk() {
    let age = Some(Duration::from_millis(30));
    for body in bodies(streaming(stream::pending, age)).await {
        let (body, waits) = masked(&body);
        assert_eq!(body, RECONNECT);
        assert_eq!(waits[0], 1000);
        assert!((800..=1200).contains(&waits[1]), "{waits:?}");
    }
}

#[tokio::test]
async fn line_24_a_stream_whose_host_stops_ends_with_its_last_chunk() {
    let host = streaming(stream::pending, None);
    let host = host.options(|options| options.drain_window = Duration::from_millis(100));
    let host = host.start().await.unwrap();
    let mut raw = Raw::get(host.address(), "/s").await;
    raw.head().await;
    let mut http1 = raw.chunks_until("\n\n").await;
    let mut connection = Http2::connect(host.address()).await;
    let mut answer = connection.get("/s").await;
    let mut http2 = answer.until("\n\n").await;
    let stopped = tokio::spawn(host.stop());
    http1 += &raw.chunked_body().await;
    http2 += &answer.rest().await;
    for body in [http1, http2] {
        let (body, waits) = masked(&body);
        assert_eq!(body, RECONNECT);
        assert!((800..=1200).contains(&waits[1]), "{waits:?}");
    }
    crate::wire::within(stopped).await.unwrap();
}

#[tokio::test]
async fn line_12_an_unlimited_retry_is_sent_as_the_longest_that_clients_support() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", stream::iter([1]));
            events.retry(Duration::MAX).await
        })
    });
    for body in bodies(host).await {
        assert_eq!(body, "event: n\nretry: 2147483647\ndata: 1\n\n");
    }
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", stream::pending::<u32>());
            events.retry(Duration::MAX).max_age(Duration::ZERO).await
        })
    });
    for body in bodies(host).await {
        let (body, waits) = masked(&body);
        assert_eq!(body, "event: reconnect\nretry: -\ndata: {}\n\n");
        assert!((1_717_000_000..=2_147_483_647).contains(&waits[0]));
    }
}
