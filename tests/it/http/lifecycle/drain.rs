//! Graceful shutdown of a host.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PostCx, PostProcessor, Running, async_trait};
use tokio::sync::{Notify, mpsc};

use crate::http::{answer, endpoint};
use crate::wire::frames::{Frames, GOAWAY, HEADERS, get};
use crate::wire::h2::Http2;
use crate::wire::raw::Raw;
use crate::wire::within;

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

/// Signals between a test and a slow handler.
struct Gate {
    may_go_on: Notify,
    told: mpsc::UnboundedSender<&'static str>,
}

/// Reports when it is dropped.
struct Guard(mpsc::UnboundedSender<&'static str>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Slow {
    gate: Arc<Gate>,
}

impl Endpoint for Slow {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/slow");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let _guard = Guard(self.gate.told.clone());
        let _ = self.gate.told.send("began");
        self.gate.may_go_on.notified().await;
        cx.send.string_async("after all").await
    }
}

/// Reports who ended a request.
#[derive(FromServices)]
struct Ends {
    gate: Arc<Gate>,
}

#[async_trait]
impl PostProcessor for Ends {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        let has_client_left = cx.outcome.has_client_left;
        let _ = self.gate.told.send(if has_client_left { "client" } else { "host" });
        Ok(())
    }
}

/// Writes an endpoint that reports its start and who ends it, and that never ends by itself.
macro_rules! endless {
    ($name:ident: $response:ty; $route:literal, |$cx:ident| $handle:expr) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name {
            gate: Arc<Gate>,
        }

        impl Endpoint for $name {
            type Request = ();
            type Response = $response;

            fn configure(config: &mut Config) {
                config.get($route);
                config.allow_anonymous();
                config.after::<Ends>();
            }

            async fn handle(&self, (): (), $cx: Cx<'_, Self>) -> Result {
                let _ = self.gate.told.send("began");
                $handle
            }
        }
    };
}

endless!(EndlessAnswer: (); "/answer", |_cx| std::future::pending().await);
endless!(EndlessStream: Events<u32>; "/stream", |cx| {
    cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await
});

struct Setup {
    host: Running,
    gate: Arc<Gate>,
    hears: mpsc::UnboundedReceiver<&'static str>,
}

async fn set_up(window: Duration) -> Setup {
    let (told, hears) = mpsc::unbounded_channel();
    let gate = Arc::new(Gate { may_go_on: Notify::new(), told });
    let host = Host::empty().endpoint::<Idle>().endpoint::<Slow>().service(Arc::clone(&gate));
    let host = host.endpoint::<EndlessAnswer>().endpoint::<EndlessStream>();
    let host = host.bind("127.0.0.1:0").options(|options| options.drain_window = window);
    let host = host.start().await.unwrap();
    Setup { host, gate, hears }
}

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_5_a_thousand_idle_streams_end_cleanly_within_the_window() {
    const WINDOW: Duration = Duration::from_secs(2);
    let stage = set_up(WINDOW).await;
    let address = stage.host.address();
    let mut streams = join_all((0..1000).map(|_| Raw::get(address, "/idle"))).await;
    for stream in &mut streams {
        assert_eq!(stream.head().await.status(), 200);
    }
    let start = Instant::now();
    let ends = streams.into_iter().map(|mut stream| async move {
        let body = stream.chunked_body().await;
        (body, stream.until_close().await)
    });
    let ((), ends) = tokio::join!(stage.host.stop(), join_all(ends));
    assert!(start.elapsed() < WINDOW + Duration::from_secs(2), "{:?}", start.elapsed());
    for (body, rest) in ends {
        let retry = body
            .strip_prefix("event: reconnect\nretry: ")
            .and_then(|rest| rest.strip_suffix("\ndata: {}\n\n"));
        assert!(
            retry.is_some_and(|retry| retry.parse::<u32>().is_ok_and(|millis| millis >= 250)),
            "{body}"
        );
        assert!(rest.is_empty(), "{rest:?}");
    }
}

#[tokio::test]
async fn the_listener_stays_open_to_the_end_and_new_clients_are_answered() {
    let mut stage = set_up(LONG).await;
    let address = stage.host.address();
    let mut open = Raw::get(address, "/slow").await;
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    let stopping = stage.host.stopping().clone();
    let stop = tokio::spawn(stage.host.stop());
    within(stopping.requested()).await;
    let late = Raw::get(address, "/nowhere").await;
    let late = String::from_utf8(late.until_close().await).unwrap();
    assert!(late.starts_with("HTTP/1.1 404 Not Found\r\n"), "{late}");
    assert!(late.contains("connection: close\r\n"), "{late}");
    let mut http2 = Frames::connect(address, &[]).await;
    // Without a GOAWAY before it has sent a request.
    http2.write(get(1, "/nowhere")).await;
    let frames = [http2.read_until(HEADERS).await.stream, http2.read_until(GOAWAY).await.code()];
    assert_eq!(frames, [1, 0]);
    stage.gate.may_go_on.notify_one();
    assert!(answer(&mut open).await.ends_with("\n\nafter all"));
    within(stop).await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn line_23_a_new_stream_during_a_stop_is_asked_to_reconnect() {
    let mut stage = set_up(LONG).await;
    let address = stage.host.address();
    let mut open = Raw::get(address, "/slow").await;
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    let stopping = stage.host.stopping().clone();
    let stop = tokio::spawn(stage.host.stop());
    within(stopping.requested()).await;
    let mut raw = Raw::get(address, "/idle").await;
    let head = raw.head().await;
    assert_eq!((head.status(), head.header("content-type")), (200, vec!["text/event-stream"]));
    let mut http2 = Http2::connect(address).await;
    let mut answer_2 = http2.get("/idle").await;
    assert_eq!(answer_2.head.status, 200);
    for body in [raw.chunked_body().await, answer_2.rest().await] {
        let retry = body.strip_prefix("event: reconnect\nretry: ");
        let retry = retry.and_then(|rest| rest.strip_suffix("\ndata: {}\n\n"));
        let retry: u32 = retry.unwrap().parse().unwrap();
        assert!((1900..=4400).contains(&retry), "{retry}");
    }
    stage.gate.may_go_on.notify_one();
    answer(&mut open).await;
    within(stop).await.unwrap();
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_its_connection_closes() {
    let mut stage = set_up(LONG).await;
    let raw = Raw::get(stage.host.address(), "/slow").await;
    let mut http2 = Http2::connect(stage.host.address()).await;
    let request = http::Request::get("http://a/slow").body(()).unwrap();
    let asked = http2.request(request).await;
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    let stopping = stage.host.stopping().clone();
    let stop = tokio::spawn(stage.host.stop());
    within(stopping.requested()).await;
    stage.gate.may_go_on.notify_one();
    stage.gate.may_go_on.notify_waiters();
    stage.gate.may_go_on.notify_one();
    let text = String::from_utf8(raw.until_close().await).unwrap();
    assert!(text.ends_with("\r\n\r\nafter all"), "{text}");
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(asked.answer().await.rest().await, "after all");
    within(stop).await.unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_finish_is_cut_at_the_end_of_the_window() {
    let mut stage = set_up(SHORT).await;
    let raw = Raw::get(stage.host.address(), "/slow").await;
    let mut http2 = Http2::connect(stage.host.address()).await;
    let request = http::Request::get("http://a/slow").body(()).unwrap();
    let asked = http2.request(request).await;
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    let start = Instant::now();
    within(stage.host.stop()).await;
    assert!(start.elapsed() >= SHORT && start.elapsed() < SHORT * 10, "{:?}", start.elapsed());
    assert_eq!(raw.until_close().await, b"");
    assert_eq!(within(stage.hears.recv()).await, Some("dropped"));
    assert_eq!(within(stage.hears.recv()).await, Some("dropped"));
    drop(asked);
}

#[tokio::test]
async fn idle_and_silent_connections_do_not_hold_up_a_stop() {
    let stage = set_up(LONG).await;
    let address = stage.host.address();
    let mut idle = Raw::open(address, "GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n").await;
    answer(&mut idle).await;
    let mut http2 = Http2::connect(address).await;
    assert_eq!(http2.get("/nowhere").await.head.status, 404);
    let silent = Raw::connect(address).await;
    let half = Raw::open(address, "PRI * HT").await;
    // The host has accepted all of them once it answers one that connected later.
    let mut later = Raw::open(address, "GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n").await;
    answer(&mut later).await;
    let start = Instant::now();
    within(stage.host.stop()).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for raw in [idle, silent, half, later] {
        assert_eq!(raw.until_close().await, b"");
    }
}

#[tokio::test]
async fn a_dropped_host_stops_at_once() {
    let mut stage = set_up(LONG).await;
    let raw = Raw::get(stage.host.address(), "/slow").await;
    let mut http2 = Http2::connect(stage.host.address()).await;
    let request = http::Request::get("http://a/slow").body(()).unwrap();
    let _asked = http2.request(request).await;
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    assert_eq!(within(stage.hears.recv()).await, Some("began"));
    drop(stage.host);
    assert_eq!(raw.until_close().await, b"");
    assert_eq!(within(stage.hears.recv()).await, Some("dropped"));
    assert_eq!(within(stage.hears.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_request_that_the_host_cuts_is_not_reported_as_left_by_its_client() {
    for path in ["/answer", "/stream"] {
        let Setup { host, gate: _gate, mut hears } = set_up(SHORT).await;
        let left = Raw::get(host.address(), path).await;
        assert_eq!(within(hears.recv()).await, Some("began"));
        left.reset();
        assert_eq!(within(hears.recv()).await, Some("client"), "{path}");
        let _open = Raw::get(host.address(), path).await;
        assert_eq!(within(hears.recv()).await, Some("began"));
        within(host.stop()).await;
        assert_eq!(within(hears.recv()).await, Some("host"), "{path}, at the end of the window");
        let Setup { host, gate: _gate, mut hears } = set_up(SHORT).await;
        let _open = Raw::get(host.address(), path).await;
        assert_eq!(within(hears.recv()).await, Some("began"));
        drop(host);
        assert_eq!(within(hears.recv()).await, Some("host"), "{path}, at once");
    }
}
