//! Clients that reconnect, after any kind of interruption: contract line 26.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::sse::{Decoded, Decoder};

use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Counts on from the last event id of the client; ten numbers per stream.
fn counting() -> Host {
    scripted(|cx| {
        let last = cx.last_event_id.and_then(|id| id.parse().ok());
        let first = last.unwrap_or(0_u64) + 1;
        let items = stream! {
            for number in first..first + 10 {
                tokio::task::yield_now().await;
                yield StreamItem::text(format!("number\n{number}")).id(number);
            }
        };
        Box::pin(async move {
            let items = cx.send.stream_items_async(items);
            items.retry(Duration::from_secs(1)).await
        })
    })
}

/// How the stream is interrupted.
#[derive(Clone, Copy)]
enum Interruption {
    /// The server ends the stream.
    Ended,
    /// The client closes the connection after this many bytes of the body.
    Cut(usize),
    /// The same, with a RST.
    Reset(usize),
}

/// Reads one stream that begins after this id.
async fn read(address: std::net::SocketAddr, id: &str, parting: Interruption) -> Vec<u8> {
    // HTTP/1.0, so that the bytes of the body are the bytes on the wire.
    let request = format!("GET /s HTTP/1.0\r\nlast-event-id: {id}\r\n\r\n");
    let mut raw = Raw::open(address, request).await;
    assert_eq!(raw.head().await.status(), 200);
    match parting {
        Interruption::Ended => raw.until_close().await,
        Interruption::Cut(bytes) => raw.bytes(bytes).await,
        Interruption::Reset(bytes) => {
            let body = raw.bytes(bytes).await;
            raw.reset();
            body
        }
    }
}

#[tokio::test]
async fn line_26_a_reconnect_carries_the_id_of_the_last_complete_event() {
    let host = counting().start().await.unwrap();
    let mut id = String::new();
    let mut numbers = Vec::new();
    for round in 0..60 {
        let parting = match round % 3 {
            0 => Interruption::Ended,
            1 => Interruption::Cut(20 + round * 3),
            _ => Interruption::Reset(20 + round * 3),
        };
        let mut decoder = Decoder::new();
        let body = read(host.address(), &id, parting).await;
        decoder.push(&body).unwrap();
        while let Some(decoded) = decoder.pop() {
            if let Decoded::Event(event) = decoded {
                numbers.push(event.data);
                id = event.last_event_id;
            }
        }
    }
    let all: Vec<_> = (1..=numbers.len()).map(|number| format!("number\n{number}")).collect();
    assert!(numbers.len() > 200, "{}", numbers.len());
    assert_eq!(numbers, all);
}
