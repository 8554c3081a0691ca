//! A client that comes back, however it was parted: line 26.

use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::sse::{Decoded, Decoder};

use crate::wire::raw::Raw;
use crate::wire::scripted;

/// Counts on from the id that the client has; ten numbers a stream.
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

/// How a client parts from its stream.
#[derive(Clone, Copy)]
enum Parting {
    /// The server ends it.
    Ended,
    /// The client closes after this many bytes of the body.
    Cut(usize),
    /// The same, with a RST.
    Reset(usize),
}

/// What is read of one stream that begins behind this id.
async fn read(address: std::net::SocketAddr, id: &str, parting: Parting) -> Vec<u8> {
    // HTTP/1.0, so that the bytes of the body are the bytes on the wire.
    let request = format!("GET /s HTTP/1.0\r\nlast-event-id: {id}\r\n\r\n");
    let mut raw = Raw::open(address, request).await;
    assert_eq!(raw.head().await.status(), 200);
    match parting {
        Parting::Ended => raw.until_close().await,
        Parting::Cut(bytes) => raw.bytes(bytes).await,
        Parting::Reset(bytes) => {
            let body = raw.bytes(bytes).await;
            raw.reset();
            body
        }
    }
}

#[tokio::test]
async fn line_26_a_reconnect_carries_the_id_of_the_last_whole_event() {
    let host = counting().start().await.unwrap();
    let mut id = String::new();
    let mut numbers = Vec::new();
    for round in 0..60 {
        let parting = match round % 3 {
            0 => Parting::Ended,
            1 => Parting::Cut(20 + round * 3),
            _ => Parting::Reset(20 + round * 3),
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
