//! A thousand clients that stop reading while the server sends as fast as it can: each costs little,
//! and each is dropped.

use std::time::Duration;

use hyperpoint_testing::{Client, EventReader, Stalled};

use crate::resident::{Peak, resident_kib};
use crate::served::{open, start};
use crate::turn::turn;

const READERS: usize = 1000;
const WRITE_STALL: Duration = Duration::from_millis(500);

/// Opens a thousand streams, stops reading, and lets the server flood.
async fn check(clients: impl FnOnce(std::net::SocketAddr) -> Vec<Client>, bound_kib: u64) {
    let _turn = turn().await;
    let (host, streams) = start(WRITE_STALL).await;
    let clients = clients(host.address());
    let before = resident_kib();
    let readers = open(&clients, "/idle", READERS).await;
    let stalled: Vec<Stalled> = readers.into_iter().map(EventReader::stop_reading).collect();
    assert_eq!(streams.live(), READERS, "an idle stream is not a stalled one");
    let mut peak = Peak::default();
    streams.flood();
    let took = streams.until_none(|| peak.look()).await;
    let kib = peak.kib_above(before) / READERS as u64;
    println!("{kib} KiB a reader, none left after {took:?}");
    assert!(took >= WRITE_STALL, "a reader was given only {took:?}");
    assert!(kib < bound_kib, "a reader that stalls costs {kib} KiB");
    assert_eq!(streams.started(), READERS);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_stalled_readers_of_http_1_1_are_dropped() {
    check(|address| vec![Client::http1(address)], 96).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_stalled_readers_of_http_2_are_dropped() {
    check(|address| (0..20).map(|_| Client::http2(address)).collect(), 96).await;
}
