//! HTTP/2 abuse: floods, oversized heads and protocol violations (RFC 9113 §10.5).

use super::case::Case;
use crate::wire::frames::{
    ACK, END_HEADERS, END_STREAM, Frame, Frames, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame, get, get_block, literal,
};

const CONTINUATION: u8 = 9;
const MANY: u32 = 10_000;

pub(super) const CASES: [Case; 8] = [
    Case::at_once("HTTP/2: resets each of its requests at once", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            let cancel = 8_u32.to_be_bytes();
            for stream in (1..MANY).step_by(2) {
                let both = [get(stream, "/idle"), frame(RST_STREAM, 0, stream, &cancel)].concat();
                if frames.try_write(both).await.is_err() {
                    break;
                }
            }
            end_of_connection(frames).await
        })
    }),
    Case::at_once("HTTP/2: a header block without an end", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            frames.write(frame(HEADERS, END_STREAM, 1, &get_block("/idle"))).await;
            for _ in 0..MANY {
                let more = frame(CONTINUATION, 0, 1, &literal("x", &"y".repeat(100)));
                if frames.try_write(more).await.is_err() {
                    break;
                }
            }
            end_of_connection(frames).await
        })
    }),
    Case::at_once("HTTP/2: 20 KiB of headers", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            let large = literal("x", &"y".repeat(100)).repeat(200);
            frames.write(frame(HEADERS, END_STREAM, 1, &get_block("/idle"))).await;
            let (first, rest) = large.split_at(large.len() / 2);
            frames.write(frame(CONTINUATION, 0, 1, first)).await;
            frames.write(frame(CONTINUATION, END_HEADERS, 1, rest)).await;
            let head = frames.read_until(HEADERS).await;
            // `:status` is entry 8 of the static table, and 431 is Huffman-coded (RFC 7541 §6.2.1).
            assert_eq!(head.payload[..5], [0x48, 0x83, 0x69, 0x90, 0xff], "{:x?}", head.payload);
            "gets a 431".to_owned()
        })
    }),
    Case::at_once("HTTP/2: 10000 SETTINGS", |address, _| {
        Box::pin(async move { answered(Frames::connect(address, &[]).await, SETTINGS).await })
    }),
    Case::at_once("HTTP/2: 10000 PINGs", |address, _| {
        Box::pin(async move { answered(Frames::connect(address, &[]).await, PING).await })
    }),
    Case::at_once("HTTP/2: more open requests than may be", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            for stream in (1..=501).step_by(2) {
                frames.write(get(stream, "/idle")).await;
            }
            told(&frames.read_until(RST_STREAM).await)
        })
    }),
    Case::at_once("HTTP/2: a window that overflows", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            let most = 0x7fff_ffff_u32.to_be_bytes();
            frames.write(frame(WINDOW_UPDATE, 0, 0, &most)).await;
            end_of_connection(frames).await
        })
    }),
    Case::at_once("HTTP/2: a frame larger than may be", |address, _| {
        Box::pin(async move {
            let mut frames = Frames::connect(address, &[]).await;
            let _ = frames.try_write(frame(PING, 0, 0, &[0; 20_000])).await;
            end_of_connection(frames).await
        })
    }),
];

/// Returns the error code of the frame that ends a stream or a connection (RFC 9113 §7).
pub(super) fn told(last: &Frame) -> String {
    let kind = if last.kind == GOAWAY { "GOAWAY" } else { "RST_STREAM" };
    let code = match last.code() {
        0 => "NO_ERROR",
        1 => "PROTOCOL_ERROR",
        3 => "FLOW_CONTROL_ERROR",
        6 => "FRAME_SIZE_ERROR",
        7 => "REFUSED_STREAM",
        8 => "CANCEL",
        11 => "ENHANCE_YOUR_CALM",
        other => panic!("code {other}"),
    };
    format!("gets {kind} ({code})")
}

/// Describes how the host ended the connection, with the reason.
async fn end_of_connection(mut frames: Frames) -> String {
    let last = frames.read_until(GOAWAY).await;
    assert!(last.code() != 0, "{last:?}");
    told(&last)
}

/// Sends many of these frames without reading, then checks whether the connection still works.
async fn answered(mut frames: Frames, kind: u8) -> String {
    let payload: &[u8] = if kind == PING { b"12345678" } else { &[] };
    let many = frame(kind, 0, 0, payload).repeat(MANY as usize);
    let mut left = MANY;
    frames.write(&many).await;
    while left > 0 {
        let read = frames.read_until(kind).await;
        left -= u32::from(read.flags & ACK != 0);
    }
    frames.write(get(1, "/idle")).await;
    frames.read_until(HEADERS).await;
    "each is answered, in order".to_owned()
}
