//! An HTTP/2 stream whose flow-control window stays closed, on an otherwise healthy connection.

use std::time::{Duration, Instant};

use hyperpoint::prelude::*;

use crate::http::endpoint;
use crate::wire::frames::{DATA, Frames, PING, RST_STREAM, WINDOW_UPDATE, frame, get, setting};

const STALL: Duration = Duration::from_millis(300);
/// The identifier of `SETTINGS_INITIAL_WINDOW_SIZE` (RFC 9113 §6.5.2).
const INITIAL_WINDOW_SIZE: u16 = 4;
const LARGE: usize = 200_000;

endpoint! {
    Ticks: () => Events<u32>;
    |config| {
        config.get("/ticks");
        config.allow_anonymous();
    }
    |(), cx| {
        let ticks = stream! {
            loop {
                yield 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        cx.send.event_stream_async("tick", ticks).await
    }
}

endpoint! {
    Large: () => ();
    |config| {
        config.get("/large");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.bytes_async(vec![b'x'; LARGE], "text/plain").await }
}

async fn connect(window: u32) -> (hyperpoint::Running, Frames) {
    let host = Host::empty().endpoint::<Ticks>().endpoint::<Large>().bind("127.0.0.1:0");
    let host = host.options(|options| options.write_stall = STALL).start().await.unwrap();
    let frames = Frames::connect(host.address(), &setting(INITIAL_WINDOW_SIZE, window)).await;
    (host, frames)
}

fn update(stream: u32, by: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

#[tokio::test]
async fn an_unread_stream_is_reset_although_another_is_read_and_pings_are_answered() {
    let (_host, mut frames) = connect(0).await;
    for path in ["/ticks", "/large"] {
        let start = Instant::now();
        let (shut, read) = if path == "/ticks" { (1, 3) } else { (5, 7) };
        frames.write(get(shut, path)).await;
        frames.write([get(read, "/ticks"), update(read, 100_000)].concat()).await;
        let mut seen = 0;
        loop {
            frames.write(frame(PING, 0, 0, b"12345678")).await;
            let read_frame = frames.read().await;
            seen += usize::from(read_frame.kind == DATA && read_frame.stream == read);
            if read_frame.kind == RST_STREAM {
                assert_eq!(read_frame.stream, shut);
                break;
            }
        }
        assert!(start.elapsed() >= STALL, "{:?}", start.elapsed());
        assert!(seen > 5, "the other stream continued, {seen}");
    }
}

#[tokio::test]
async fn a_large_response_that_is_read_slowly_arrives_completely() {
    let (_host, mut frames) = connect(0).await;
    let start = Instant::now();
    frames.write(get(1, "/large")).await;
    let mut read = 0;
    while read < LARGE {
        let by = 20_000;
        tokio::time::sleep(STALL / 6).await;
        frames.write([update(1, by), update(0, by)].concat()).await;
        let mut due = (by as usize).min(LARGE - read);
        while due > 0 {
            let data = frames.read_until(DATA).await;
            read += data.payload.len();
            due = due.saturating_sub(data.payload.len());
        }
    }
    assert!(start.elapsed() > STALL, "otherwise the test shows nothing");
}
