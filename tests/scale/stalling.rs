//! A thousand clients that stop reading while the server sends as fast as it can: each uses little
//! memory, and each is dropped.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hyperpoint_testing::{Client, EventReader, Stalled};

use crate::one_at_a_time::turn;
use crate::own_process::is_alone;
use crate::resident::resident_kib;
use crate::served::{open, start};

const READERS: usize = 1000;
const WRITE_STALL: Duration = Duration::from_millis(500);

/// The memory limit per client, for both ends together.
const BOUND_KIB: u64 = 96;

/// Opens a thousand streams, stops reading, and lets the server flood.
async fn check(clients: impl FnOnce(SocketAddr) -> Vec<Client>) {
    let (host, streams) = start(WRITE_STALL).await;
    let clients = clients(host.address());
    let before = resident_kib();
    let readers = open(&clients, "/idle", READERS).await;
    let stalled: Vec<Stalled> = readers.into_iter().map(EventReader::stop_reading).collect();
    assert_eq!(streams.live(), READERS, "an idle stream is not a stalled one");
    let (mut most, mut first, start) = (0, None, Instant::now());
    streams.flood();
    let took = streams.until_none(|| {
        most = resident_kib().max(most);
        if first.is_none() && streams.live() < READERS {
            first = Some(start.elapsed());
        }
    });
    let took = took.await;
    let kib = most.saturating_sub(before) / READERS as u64;
    println!("{kib} KiB a reader; the first was dropped after {first:?}, all after {took:?}");
    assert!(first.unwrap_or(took) >= WRITE_STALL * 9 / 10, "a reader received only {first:?}");
    assert!(kib < BOUND_KIB, "a stalled reader uses {kib} KiB");
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_stalled_http_1_1_clients_are_dropped() {
    let _turn = turn().await;
    if is_alone("stalling::a_thousand_stalled_http_1_1_clients_are_dropped") {
        check(|address| vec![Client::http1(address)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_stalled_http_2_clients_are_dropped() {
    let _turn = turn().await;
    if is_alone("stalling::a_thousand_stalled_http_2_clients_are_dropped") {
        check(|address| (0..20).map(|_| Client::http2(address)).collect()).await;
    }
}
