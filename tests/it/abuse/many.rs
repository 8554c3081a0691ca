//! Many concurrent streams.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::site::{Counts, Site};
use crate::wire::frames::{Frames, HEADERS, RST_STREAM, frame, get};

/// The maximum number of streams on one connection.
const EACH: u32 = 250;

/// Opens idle streams on this many connections, and reads that each has begun.
pub(super) async fn open(address: SocketAddr, connections: usize) -> Vec<Frames> {
    let mut all = Vec::new();
    for _ in 0..connections {
        let mut frames = Frames::connect(address, &[]).await;
        let requests: Vec<u8> = streams().flat_map(|stream| get(stream, "/idle")).collect();
        frames.write(requests).await;
        for _ in 0..EACH {
            frames.read_until(HEADERS).await;
        }
        all.push(frames);
    }
    all
}

/// Resets all streams.
pub(super) async fn reset(all: &mut [Frames]) {
    let cancel = 8_u32.to_be_bytes();
    let resets: Vec<u8> =
        streams().flat_map(|stream| frame(RST_STREAM, 0, stream, &cancel)).collect();
    for frames in all {
        frames.write(&resets).await;
    }
}

pub(super) async fn until_live(counts: &Counts, count: usize) -> Duration {
    let start = Instant::now();
    counts.until_live(count).await;
    start.elapsed()
}

fn streams() -> impl Iterator<Item = u32> {
    (0..EACH).map(|nth| 2 * nth + 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_simultaneous_resets_end_only_their_streams() {
    let site = Site::with_long_timeouts().await;
    let mut all = open(site.host.address(), 20).await;
    assert_eq!(site.counts.live(), 5000);
    reset(&mut all).await;
    until_live(&site.counts, 0).await;
    for frames in &mut all {
        frames.write(get(501, "/idle")).await;
        assert_eq!(frames.read_until(HEADERS).await.stream, 501);
    }
}
