//! Ten thousand streams are opened, served and closed: their memory is there for the next ten
//! thousand.

use std::time::{Duration, Instant};

use hyperpoint_testing::Client;

use crate::resident::{Peak, resident_kib};
use crate::served::{all, open, start};
use crate::turn::turn;

/// HTTP/2: connections, each with 250 streams, all at once.
const CONNECTIONS: usize = 32;
/// HTTP/1.1: rounds of connections, so that few open files suffice.
const BATCHES: usize = 4;
const BATCH: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_streams_that_were() {
    let _turn = turn().await;
    for round in 0..4 {
        let (before, start) = (resident_kib(), Instant::now());
        let peak = round_of_ten_thousand().await;
        println!("round {round}: {before:?} to {:?} KiB, {peak} above, {:?}", resident_kib(), start.elapsed());
    }
}

async fn round_of_ten_thousand() -> u64 {
    let before = resident_kib();
    let mut peak = Peak::default();
    let (host, streams) = start(Duration::from_secs(10)).await;
    let address = host.address();
    let clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::http2(address)).collect();
    let readers = open(&clients, "/short", CONNECTIONS * 250).await;
    peak.look();
    let mut open_readers = vec![readers];
    streams.flood();
    for _ in 0..=BATCHES {
        let readers = open_readers.pop().unwrap_or_default();
        all(readers.into_iter().map(|mut events| async move {
            assert_eq!(events.next().await?.data, "2");
            events.ended().await
        }))
        .await;
        open_readers.push(open(&[Client::http1(address)], "/short", BATCH).await);
    }
    drop((open_readers, clients));
    streams.until_none(|| {}).await;
    host.stop().await;
    peak.kib_above(before)
}
