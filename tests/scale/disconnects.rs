//! A thousand idle streams whose clients disconnect: within a second the server holds none.

use std::time::{Duration, Instant};

use hyperpoint_testing::{Client, EventReader};

use crate::one_at_a_time::turn;
use crate::served::{open, start};

const STREAMS: usize = 1000;
/// The number of HTTP/2 connections, each with 250 streams, the maximum that the host allows.
const CONNECTIONS: usize = 4;

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

/// Opens a thousand streams, disconnects in the given way, and checks that none is left a second
/// later.
async fn check(version: Version, leave: impl AsyncFnOnce(&[Client], Vec<EventReader>)) {
    let _turn = turn().await;
    let (host, streams) = start(Duration::from_secs(10)).await;
    let clients: Vec<Client> = match version {
        Version::Http1 => vec![Client::http1(host.address())],
        Version::Http2 => (0..CONNECTIONS).map(|_| Client::http2(host.address())).collect(),
    };
    let readers = open(&clients, "/idle", STREAMS).await;
    assert_eq!(streams.live(), STREAMS);
    let start = Instant::now();
    leave(&clients, readers).await;
    streams.until_none(|| {}).await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "the server held streams for {took:?}");
}

fn disconnect(readers: Vec<EventReader>) {
    readers.into_iter().for_each(EventReader::disconnect);
}

fn reset(readers: Vec<EventReader>) {
    readers.into_iter().for_each(EventReader::reset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_http_1_1_fins_end_their_streams() {
    check(Version::Http1, async |_, readers| disconnect(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_http_1_1_rsts_end_their_streams() {
    check(Version::Http1, async |_, readers| reset(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_http_2_resets_end_their_streams() {
    check(Version::Http2, async |_, readers| reset(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fins_of_http_2_connections_end_a_thousand_streams() {
    check(Version::Http2, async |clients, readers| {
        for client in clients {
            client.close().await;
        }
        drop(readers);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rsts_of_http_2_connections_end_a_thousand_streams() {
    check(Version::Http2, async |clients, readers| {
        for client in clients {
            client.cut().await;
        }
        drop(readers);
    })
    .await;
}
