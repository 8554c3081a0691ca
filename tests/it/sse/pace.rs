//! Backpressure and batching: the client sets the pace, and events that are ready share a frame.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyperpoint::prelude::*;

use crate::wire::Probe;
use crate::wire::memory::Memory;
use crate::wire::scripted;

const FRAME: usize = 8 * 1024;

/// Creates endless events that are always ready, each of this many bytes on the wire.
fn endless(probe: &Arc<Probe>, bytes: usize) -> Host {
    let probe = Arc::clone(probe);
    let text = "x".repeat(bytes - "data: \n\n".len());
    scripted(move |cx| {
        let (probe, text) = (Arc::clone(&probe), text.clone());
        let items = stream::repeat(text).map(move |text| {
            probe.poll();
            StreamItem::text(text)
        });
        Box::pin(async move { cx.send.stream_items_async(items).await })
    })
}

#[tokio::test(start_paused = true)]
async fn a_stalled_reader_stops_the_polling() {
    let probe = Probe::new();
    let mut memory = Memory::get(endless(&probe, 1024), "/s").await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(probe.polled(), 8);
    memory.frame().await.unwrap();
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(probe.polled(), 8);
    for frames in 2..100 {
        memory.frame().await.unwrap();
        assert_eq!(probe.polled(), frames * 8);
    }
}

#[tokio::test]
async fn ready_items_fill_a_frame_of_8_kib_plus_at_most_one_event() {
    for bytes in [10, 1000, FRAME - 1, FRAME, 3 * FRAME] {
        let probe = Probe::new();
        let mut memory = Memory::get(endless(&probe, bytes), "/s").await;
        let mut polled = 0;
        for number in 0..20 {
            let frame = memory.frame().await.unwrap();
            // The first event also has a `retry`.
            let slack = if number == 0 { 20 } else { 0 };
            assert!(frame.len() >= FRAME, "{bytes}: {}", frame.len());
            assert!(frame.len() < FRAME + bytes + slack, "{bytes}: {}", frame.len());
            assert_eq!(frame.matches("\n\n").count(), probe.polled() - polled);
            polled = probe.polled();
        }
    }
}

#[tokio::test]
async fn ready_items_are_sent_together_and_wait_for_no_others() {
    let host = scripted(|cx| {
        let events = stream! {
            for number in 0..6 {
                if number % 3 == 0 {
                    tokio::task::yield_now().await;
                }
                yield number;
            }
            std::future::pending::<()>().await;
        };
        Box::pin(async move {
            let events = cx.send.event_stream_async("n", events);
            events.retry(Duration::from_secs(1)).await
        })
    });
    let mut memory = Memory::get(host, "/s").await;
    let expected = "event: n\nretry: 1000\ndata: 0\n\nevent: n\ndata: 1\n\nevent: n\ndata: 2\n\n";
    assert_eq!(memory.frame().await.as_deref(), Some(expected));
    let expected = "event: n\ndata: 3\n\nevent: n\ndata: 4\n\nevent: n\ndata: 5\n\n";
    assert_eq!(memory.frame().await.as_deref(), Some(expected));
    assert!(memory.poll().is_pending());
}
