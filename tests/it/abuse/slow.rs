//! Slow clients, and clients that occupy resources.

use std::net::SocketAddr;
use std::time::Duration;

use super::case::Case;
use crate::wire::frames::{
    END_STREAM, Frames, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, frame, get, get_block,
    setting,
};
use crate::wire::raw::Raw;

const DRIP: Duration = Duration::from_millis(20);
const INITIAL_WINDOW_SIZE: u16 = 4;

pub(super) const CASES: [Case; 9] = [
    Case::by("request_head", "says nothing", |address, _| {
        Box::pin(async move { closed(Raw::connect(address).await).await })
    }),
    Case::by("request_head", "sends half the preface of HTTP/2", |address, _| {
        Box::pin(async move { closed(Raw::open(address, &PREFACE[..12]).await).await })
    }),
    Case::by("request_head", "sends its head a byte at a time", |address, _| {
        Box::pin(drip(address, "GET / HTTP/1.1\r\nhost: a\r\nx: "))
    }),
    Case::by("request_body", "sends its body a byte at a time", |address, _| {
        let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
        Box::pin(drip(address, &*format!("{head}content-length: 100000\r\n\r\n[").leak()))
    }),
    Case::by("write_stall", "reads nothing of an endless stream", |address, counts| {
        Box::pin(async move {
            let raw = Raw::get(address, "/endless").await;
            counts.until_live(1).await;
            counts.until_live(0).await;
            drop(raw);
            "the stream is dropped, the connection closed".to_owned()
        })
    }),
    Case::by(
        "write_stall",
        "HTTP/2: leaves the window of a stream shut, answers pings",
        |address, _| {
            Box::pin(async move {
                let mut frames = Frames::connect(address, &setting(INITIAL_WINDOW_SIZE, 0)).await;
                frames.write(get(1, "/endless")).await;
                super::frames::told(&frames.read_until(RST_STREAM).await)
            })
        },
    ),
    Case::by("keep_alive_idle", "HTTP/2: sends its preface and nothing more", |address, _| {
        Box::pin(async move { ended(Raw::open(address, PREFACE).await).await })
    }),
    Case::by("keep_alive_idle", "HTTP/2: sends half a header block", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            frames.write(frame(HEADERS, END_STREAM, 1, &get_block("/idle"))).await;
            ended(frames.into_raw()).await
        })
    }),
    Case::by(
        "keep_alive_idle",
        "HTTP/2: sends PINGs and SETTINGS, and no request",
        |address, _| {
            Box::pin(async move {
                let mut raw = Frames::connect(address, &[]).await.into_raw();
                let many =
                    [frame(PING, 0, 0, &[0; 8]), frame(SETTINGS, 0, 0, &[])].concat().repeat(10);
                while raw.try_write(&many).await.is_ok() && !raw.closes_within(DRIP).await {}
                "is closed".to_owned()
            })
        },
    ),
];

/// Sends these bytes, then one byte at a time until the host closes the connection.
async fn drip(address: SocketAddr, begin: &'static str) -> String {
    let mut raw = Raw::open(address, begin).await;
    loop {
        match tokio::time::timeout(DRIP, raw.try_head()).await {
            Ok(None) => return "is closed".to_owned(),
            Ok(Some(head)) => return format!("gets a {}", head.status()),
            // The connection may be closed by now.
            Err(_) => drop(raw.try_write(" ").await),
        }
    }
}

/// Checks that the host closes the connection without sending anything.
async fn closed(raw: Raw) -> String {
    let said = raw.until_close().await;
    assert!(said.is_empty(), "{said:?}");
    "is closed".to_owned()
}

/// Checks that the host closes the connection, whatever it sends before.
async fn ended(raw: Raw) -> String {
    raw.until_close().await;
    "is closed".to_owned()
}
