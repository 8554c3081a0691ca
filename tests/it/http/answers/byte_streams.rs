//! Streams of bytes.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream as streams};
use http::Request;
use hyperpoint::prelude::*;
use insta::assert_snapshot;
use socket2::SockRef;

use crate::http::{get, talk};
use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{Probe, anonymous, eventually};

#[derive(Deserialize, JsonSchema)]
struct Kind {
    kind: String,
}

/// Streams rows that it owns.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Rows {
    rows: Arc<Vec<String>>,
    probe: Arc<Probe>,
}

impl Endpoint for Rows {
    type Request = Kind;
    type Response = ();

    fn configure(config: &mut Config) {
        anonymous(config, "/rows/{kind}");
    }

    async fn handle(&self, Kind { kind }: Kind, cx: Cx<'_, Self>) -> Result {
        let rows = streams::iter(self.rows.iter());
        let send = cx.send;
        match kind.as_str() {
            "borrowed" => send.stream_async(rows.map(|row| format!("{row}\n")), "text/csv").await,
            "apart" => {
                let apart = stream! {
                    for row in self.rows.iter() {
                        yield row.clone();
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                };
                send.stream_async(apart, "text/csv").await
            }
            "joined" => {
                let joined = async {
                    tokio::join!(
                        send.stream_async(rows.map(|row| row.clone()), "text/csv"),
                        async {}
                    )
                    .0
                };
                joined.await
            }
            "length" => send.stream_async(rows.map(|row| row.clone()), "text/csv").length(6).await,
            "longer" => send.stream_async(rows.map(|row| row.clone()), "text/csv").length(5).await,
            "shorter" => send.stream_async(rows.map(|row| row.clone()), "text/csv").length(7).await,
            "nothing" => send.stream_async(streams::empty::<Bytes>(), "text/csv").await,
            "bad-type" => send.stream_async(streams::empty::<Bytes>(), "a\nb").await,
            "fails" => {
                let fails = stream! {
                    yield Ok("one");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    yield Err("the disk is full");
                };
                send.stream_async(fails, "text/csv").await
            }
            "fails-at-once" => {
                let fails = streams::iter([Err("the disk is full"), Ok("one")]);
                send.stream_async(fails, "text/csv").await
            }
            _ => {
                let large = Bytes::from(vec![b'x'; 64 * 1024]);
                let guard = self.probe.guard();
                let endless = streams::repeat(large).map(|piece| {
                    let _ = &guard;
                    self.probe.poll();
                    piece
                });
                send.stream_async(endless, "text/plain").await
            }
        }
    }
}

fn host(probe: &Arc<Probe>) -> Host {
    let rows = ["aa", "bb", "cc"].map(str::to_owned).to_vec();
    let host = Host::empty().endpoint::<Rows>().service(Arc::new(rows));
    host.service(Arc::clone(probe)).bind("127.0.0.1:0")
}

async fn rows(kind: &str) -> String {
    get(&host(&Probe::new()).build().unwrap(), &format!("/rows/{kind}")).await
}

#[tokio::test]
async fn a_stream_may_borrow_and_ready_chunks_are_sent_together() {
    assert_snapshot!(rows("borrowed").await, @"
    200 OK
    content-type: text/csv

    aa
    bb
    cc
    ");
    assert!(rows("joined").await.ends_with("\n\naabbcc"));
    assert_snapshot!(rows("nothing").await, @"
    200 OK
    content-type: text/csv
    ");
    assert!(rows("bad-type").await.starts_with("500 "));
}

#[tokio::test(start_paused = true)]
async fn a_chunk_is_sent_as_soon_as_it_is_ready() {
    let mut answer = Memory::get(host(&Probe::new()), "/rows/apart").await;
    assert_eq!(answer.frame().await.as_deref(), Some("aa"));
    assert!(answer.poll().is_pending());
    assert_eq!(answer.frame().await.as_deref(), Some("bb"));
    assert_eq!(answer.rest().await, "cc");
}

/// Returns the raw response, including the chunked coding, until the connection ends.
async fn raw_response(kind: &str) -> String {
    let running = host(&Probe::new()).start().await.unwrap();
    let request = format!("GET /rows/{kind} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    talk(running.address(), request).await
}

#[tokio::test]
async fn a_declared_length_is_sent_and_enforced() {
    assert_snapshot!(raw_response("length").await, @"
    HTTP/1.1 200 OK
    content-type: text/csv
    connection: close
    content-length: 6
    date: -

    aabbcc
    ");
    // The connection ends before the announced length, if the head announced one.
    for kind in ["longer", "shorter"] {
        let answer = raw_response(kind).await;
        let body = answer.split_once("\n\n").map(|(_, body)| body).unwrap_or_default();
        assert!(body.len() <= if kind == "longer" { 4 } else { 6 }, "{answer}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_before_its_first_chunk_is_a_problem() {
    assert_snapshot!(rows("fails-at-once").await, @r#"
    500 Internal Server Error
    content-type: application/problem+json

    {"type":"about:blank","title":"Internal Server Error","status":500,"instance":"/rows/fails-at-once","traceId":"T"}
    "#);
}

#[tokio::test]
async fn a_stream_that_fails_later_is_cut_so_that_it_looks_incomplete() {
    let running = host(&Probe::new()).start().await.unwrap();
    let mut raw = Raw::get(running.address(), "/rows/fails").await;
    assert_eq!(raw.head().await.status(), 200);
    assert_eq!(raw.chunk().await.as_deref(), Some("one"));
    assert_eq!(raw.until_close().await, b"");

    let mut client = Http2::connect(running.address()).await;
    let mut answer = client.get("/rows/fails").await;
    assert_eq!(answer.try_data().await.unwrap().as_deref(), Some(&b"one"[..]));
    let error = answer.try_data().await.unwrap_err();
    assert!(error.is_reset(), "{error}");
    assert!(client.get("/rows/borrowed").await.rest().await.ends_with("cc\n"));
}

#[tokio::test]
async fn a_client_that_does_not_read_pauses_the_stream_and_a_disconnect_ends_it() {
    let probe = Probe::new();
    let running = host(&probe).start().await.unwrap();
    let mut raw = Raw::connect(running.address()).await;
    SockRef::from(raw.socket()).set_recv_buffer_size(16 * 1024).unwrap();
    raw.write("GET /rows/endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    raw.head().await;
    let mut polled = 0;
    eventually(|| std::mem::replace(&mut polled, probe.polled()) == polled && polled > 0).await;
    // Chunks of 64 KiB: some fit the kernel's buffers of both sockets, and some wait in the host.
    assert!(polled < 100, "{polled} chunks were created");
    raw.reset();
    probe.until_dropped(1).await;
}

#[tokio::test]
async fn head_of_a_stream_has_no_body_and_polls_nothing() {
    let probe = Probe::new();
    let request = Request::head("/rows/endless").body(String::new()).unwrap();
    let mut answer = Memory::ask(&host(&probe).build().unwrap(), request).await;
    assert_eq!(answer.head.status, 200);
    assert_eq!(answer.frame().await, None);
    assert_eq!((probe.polled(), probe.dropped()), (0, 1));
}
