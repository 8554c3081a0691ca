//! Ten thousand streams are opened, served and closed, and later streams reuse their memory.

use std::time::Duration;

use hyperpoint_testing::{Client, EventReader};

use crate::one_at_a_time::turn;
use crate::own_process::is_alone;
use crate::resident::resident_kib;
use crate::served::{all, open, start};

/// The number of HTTP/2 streams in one round, all open at once, 250 per connection.
const HTTP_2: usize = 2000;
const CONNECTIONS: usize = 8;
/// The number of HTTP/1.1 streams in one round, each on its own connection.
const HTTP_1: usize = 500;
/// The number of warm-up rounds, which grow the allocator's heap to its size.
const WARM_UP_ROUNDS: usize = 2;
const ROUNDS: usize = 4;
/// 600 bytes per stream, much less than each has on the heap while it lives. The allocator places
/// some of it elsewhere in each round, so a limit of zero would be too strict.
const BOUND_KIB: u64 = 6000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_streams_leave_no_memory_behind() {
    let _turn = turn().await;
    if !is_alone("closing::ten_thousand_streams_leave_no_memory_behind") {
        return;
    }
    for _ in 0..WARM_UP_ROUNDS {
        round().await;
    }
    let before = resident_kib();
    for _ in 0..ROUNDS {
        round().await;
    }
    let after = resident_kib();
    println!("{before} KiB before {} streams, {after} after", ROUNDS * (HTTP_2 + HTTP_1));
    assert!(after.saturating_sub(before) < BOUND_KIB, "{before} KiB grew to {after}");
}

/// Opens streams, serves them, and ends them.
async fn round() {
    let (host, streams) = start(Duration::from_secs(10)).await;
    let address = host.address();
    let clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::http2(address)).collect();
    let mut readers = open(&clients, "/short", HTTP_2).await;
    readers.append(&mut open(&[Client::http1(address)], "/short", HTTP_1).await);
    assert_eq!(streams.live(), HTTP_1 + HTTP_2);
    streams.flood();
    all(readers.into_iter().map(to_its_end)).await;
    drop(clients);
    streams.until_none(|| {}).await;
    host.stop().await;
}

async fn to_its_end(mut events: EventReader) -> Result<(), hyperpoint_testing::ReadError> {
    assert_eq!(events.next().await?.data, "2");
    events.ended().await
}
