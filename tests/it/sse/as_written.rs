//! Streams as written: contract lines 34 to 37.

use std::time::Duration;

use futures_util::stream;
use http::{Method, Request};
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, OnError, PublicProblem, RateLimit};
use serde_json::json;

use super::masked::masked;
use crate::http::endpoint;
use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{scripted, within};

const SECOND: Duration = Duration::from_secs(1);
const NAMES: [&str; 7] = ["error", "open", "ready", "gap", "reconnect", "problem", "done"];
const ERROR: EventName = EventName::from_static("error");

/// Reads the response to a POST over both protocols, and whether it is whole.
async fn posted(host: Host) -> [(String, bool); 2] {
    let host = host.start().await.unwrap();
    let mut raw = Raw::open(
        host.address(),
        "POST /s HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(raw.head().await.status(), 200);
    let http1 = raw.closed_body().await;
    let mut connection = Http2::connect(host.address()).await;
    let mut answer = connection.ask(Method::POST, "/s").await;
    let (body, cut) = answer.rest_and_cut().await;
    if let Some(cut) = &cut {
        assert_eq!(cut.reason(), Some(h2::Reason::INTERNAL_ERROR));
        assert!(cut.is_reset());
    }
    // A reset ends one stream, and not the connection.
    assert_eq!(connection.get("/none").await.head.status, 404);
    [http1, (body, cut.is_none())]
}

async fn check(host: Host, expected: &str, is_whole: bool) {
    for (body, was_whole) in posted(host).await {
        assert_eq!((&*body, was_whole), (expected, is_whole));
    }
}

fn failed(problem: &PublicProblem<'_>) -> StreamItem {
    StreamItem::json(&json!({ "message": problem.title() })).unwrap().named(ERROR)
}

/// One number, and then a failure.
fn failing() -> impl Stream<Item = Result<u32>> {
    stream::iter([Ok(1), Err(Problem::internal("a secret"))])
}

#[tokio::test]
async fn line_34_every_name_is_sent_and_nothing_that_the_handler_did_not_write() {
    let host = scripted::<StreamItem>(|cx| {
        let named = |name| StreamItem::text("x").named(EventName::from_static(name));
        let items = stream::iter(NAMES.map(named));
        Box::pin(async move { cx.send.stream_items_async(items).await })
    });
    let expected: String = NAMES.map(|name| format!("event: {name}\ndata: x\n\n")).concat();
    check(host, &expected, true).await;
}

#[tokio::test]
async fn line_34_retry_and_done_are_sent_where_the_handler_asks_for_them() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("error", stream::iter([1, 2]));
        Box::pin(async move { events.retry(SECOND).done().await })
    });
    let expected = "event: error\nretry: 1000\ndata: 1\n\nevent: error\ndata: 2\n\n\
                    event: done\ndata: {}\n\n";
    check(host, expected, true).await;
}

#[tokio::test]
async fn line_34_the_imperative_form_has_every_name_too() {
    let host = scripted::<StreamItem>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            events.send("open", &1).await?;
            events.item(&StreamItem::text("x").named(ERROR).retry(2 * SECOND)).await?;
            events.close().await
        })
    });
    let expected = "event: open\ndata: 1\n\nevent: error\nretry: 2000\ndata: x\n\n";
    check(host, expected, true).await;
}

#[tokio::test(start_paused = true)]
async fn line_34_keep_alive_comments_stay() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", stream::pending::<u32>());
        Box::pin(async move { events.keep_alive(SECOND).await })
    });
    let mut memory = Memory::post(host, "/s").await;
    assert_eq!(memory.frame().await.as_deref(), Some(":\n"));
    assert_eq!(memory.frame().await.as_deref(), Some(":\n"));
}

#[tokio::test]
async fn line_35_an_accept_that_excludes_event_streams_is_not_asked() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", stream::iter([1]));
        Box::pin(events)
    });
    let app = host.build().unwrap();
    for (method, status) in [(Method::POST, 200), (Method::GET, 406)] {
        let request = Request::builder().method(method).uri("/s");
        let request = request.header("accept", "application/json").body(String::new()).unwrap();
        assert_eq!(Memory::ask(&app, request).await.head.status, status);
    }
}

endpoint! {
    Limited: () => Events<u32>;
    |config| {
        config.post("/rated");
        config.allow_anonymous();
        config.rate_limit(RateLimit::per(1, Duration::from_secs(20)));
    }
    |(), cx| { cx.send.event_stream_async("n", stream::iter([1])).await }
}

endpoint! {
    OneAtATime: () => Events<u32>;
    |config| {
        config.post("/one");
        config.allow_anonymous();
        config.streams_per_address(1);
    }
    |(), cx| { cx.send.event_stream_async("n", stream::pending::<u32>()).await }
}

fn shaped(problem: &PublicProblem<'_>) -> ErrorBody {
    ErrorBody::json(&json!({ "error": { "code": problem.status().as_u16() } }))
}

/// Sends a POST, and checks that it is refused in the host's shape, with a `Retry-After` in this range.
async fn refused(address: std::net::SocketAddr, path: &str, status: u16, wait: [u32; 2]) {
    let mut raw = Raw::post(address, path).await;
    let head = raw.head().await;
    assert_eq!((head.status(), head.header("content-type")), (status, vec!["application/json"]));
    let after: u32 = head.header("retry-after")[0].parse().unwrap();
    assert!((wait[0]..=wait[1]).contains(&after), "{after}");
    let length = head.header("content-length")[0].parse().unwrap();
    let expected = format!("{{\"error\":{{\"code\":{status}}}}}");
    assert_eq!(raw.bytes(length).await, expected.as_bytes());
}

#[tokio::test]
async fn line_36_a_stream_over_a_limit_is_a_429_in_the_shape_of_the_host() {
    let host = Host::empty().endpoint::<Limited>().endpoint::<OneAtATime>();
    let host = host.error_format(shaped).bind("127.0.0.1:0").start().await.unwrap();
    assert_eq!(Raw::post(host.address(), "/rated").await.head().await.status(), 200);
    refused(host.address(), "/rated", 429, [1, 20]).await;
    let mut open = Raw::post(host.address(), "/one").await;
    assert_eq!(open.head().await.status(), 200);
    refused(host.address(), "/one", 429, [5, 5]).await;
}

#[tokio::test]
async fn line_36_a_stream_that_is_asked_for_during_a_stop_is_a_503() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", stream::pending::<u32>());
        Box::pin(events)
    });
    let host = host.error_format(shaped).start().await.unwrap();
    let address = host.address();
    let mut open = Raw::post(address, "/s").await;
    open.head().await;
    let stopping = tokio::spawn(host.stop());
    // The open stream keeps the host in its drain window.
    within(async { while Raw::post(address, "/s").await.head().await.status() != 503 {} }).await;
    refused(address, "/s", 503, [1, 3]).await;
    drop(open);
    within(stopping).await.unwrap();
}

#[tokio::test]
async fn line_37_a_stream_whose_source_fails_is_cut() {
    for policy in [OnError::SendProblem, OnError::End] {
        let host = scripted::<u32>(move |cx| {
            let events = cx.send.event_stream_async("n", failing()).on_error(policy);
            Box::pin(async move { events.done().await })
        });
        check(host, "event: n\ndata: 1\n\n", false).await;
    }
}

#[tokio::test]
async fn line_37_a_stream_that_fails_sends_the_item_of_its_handler_and_is_cut() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", failing()).on_error_item(failed);
        Box::pin(async move { events.done().await })
    });
    let expected = "event: n\ndata: 1\n\nevent: error\n\
                    data: {\"message\":\"Internal Server Error\"}\n\n";
    check(host, expected, false).await;
}

#[tokio::test]
async fn line_37_a_handler_that_fails_or_panics_cuts_its_stream() {
    for panics in [false, true] {
        let host = scripted::<u32>(move |cx| {
            Box::pin(async move {
                let mut events = cx.send.open_event_stream_async().on_error_item(failed).await?;
                events.send("n", &1).await?;
                assert!(!panics, "a secret");
                Err(Problem::internal("a secret"))
            })
        });
        let expected = "event: n\ndata: 1\n\nevent: error\n\
                        data: {\"message\":\"Internal Server Error\"}\n\n";
        check(host, expected, false).await;
    }
}

#[tokio::test]
async fn line_37_a_stream_that_fails_at_its_opening_is_cut_after_its_head() {
    let host = scripted::<u32>(|cx| {
        Box::pin(async move {
            let _events = cx.send.open_event_stream_async::<u32>().await?;
            Err(Problem::internal("a secret"))
        })
    });
    check(host, "", false).await;
}

#[tokio::test]
async fn line_37_a_failure_after_the_end_cuts_a_stream_that_has_no_last_event() {
    for (is_done, expected) in [(false, ""), (true, "event: done\ndata: {}\n\n")] {
        let host = scripted::<u32>(move |cx| {
            Box::pin(async move {
                let opening = cx.send.open_event_stream_async::<u32>();
                let events = if is_done { opening.done().await? } else { opening.await? };
                let _sent = events.close().await?;
                Err(Problem::internal("a secret"))
            })
        });
        check(host, expected, is_done).await;
    }
}

#[tokio::test]
async fn line_09_an_item_for_a_failure_has_no_reserved_name_for_event_source() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", failing()).on_error_item(failed);
        Box::pin(events)
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert!(body.contains("event: problem\n") && !body.contains("event: error"), "{body:?}");
}

#[tokio::test]
async fn an_item_for_a_failure_replaces_the_problem_for_event_source() {
    let host = scripted::<u32>(|cx| {
        let item = |problem: &PublicProblem<'_>| StreamItem::text(problem.title());
        let events = cx.send.event_stream_async("n", failing()).on_error_item(item);
        Box::pin(events)
    });
    let (body, _) = masked(&Memory::get(host, "/s").await.rest().await);
    assert_eq!(body, "event: n\nretry: -\ndata: 1\n\ndata: Internal Server Error\n\n");
}

#[tokio::test]
async fn a_panic_of_the_function_for_failures_is_a_failure_without_an_item() {
    let host = scripted::<u32>(|cx| {
        let item = |problem: &PublicProblem<'_>| -> StreamItem {
            assert!(problem.title().is_empty(), "no such problem");
            StreamItem::text("")
        };
        let events = cx.send.event_stream_async("n", failing()).on_error_item(item);
        Box::pin(events)
    });
    check(host, "event: n\ndata: 1\n\n", false).await;
}

struct Written;

impl Group for Written {
    fn configure(group: &mut GroupConfig) {
        group.streams_as_written();
    }
}

/// Writes an endpoint on GET and POST with one event, of this configuration.
macro_rules! configured {
    ($name:ident, $path:literal, |$config:ident| $configure:block) => {
        endpoint! {
            $name: () => Events<u32>;
            |$config| {
                $config.get($path);
                $config.post($path);
                $config.allow_anonymous();
                $configure
            }
            |(), cx| { cx.send.event_stream_async("n", stream::iter([1])).await }
        }
    };
}

configured!(ByMethod, "/method", |config| {});
configured!(OfGroup, "/group", |config| {
    config.group::<Written>();
});
configured!(OfEndpoint, "/endpoint", |config| {
    config.group::<Written>();
    config.streams_for_event_source();
});

#[tokio::test]
async fn the_method_decides_unless_the_endpoint_its_group_or_the_host_says_otherwise() {
    let endpoints =
        || Host::empty().endpoint::<ByMethod>().endpoint::<OfGroup>().endpoint::<OfEndpoint>();
    let (app, other) = (
        endpoints().build().unwrap(),
        endpoints().defaults(|defaults| defaults.streams_for_event_source()).build().unwrap(),
    );
    for (app, path, expected) in [
        (&app, "/method", [false, true]),
        (&app, "/group", [true, true]),
        (&app, "/endpoint", [false, false]),
        (&other, "/method", [false, false]),
        (&other, "/group", [true, true]),
    ] {
        for (method, is_written) in [Method::GET, Method::POST].into_iter().zip(expected) {
            let request = Request::builder().method(&method).uri(path).body(String::new());
            let body = Memory::ask(app, request.unwrap()).await.rest().await;
            assert_eq!(!body.contains("retry"), is_written, "{method} {path}: {body:?}");
        }
    }
}
