//! A thousand idle streams whose clients leave: the server holds none within a second.

use std::time::{Duration, Instant};

use hyperpoint_testing::{Client, EventReader};

use crate::one_at_a_time::turn;
use crate::served::{open, start};

const STREAMS: usize = 1000;
/// HTTP/2: each with 250 streams, which are all that the host lets a connection have.
const CONNECTIONS: usize = 4;

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

/// Opens a thousand streams, leaves so, and looks that none is left a second later.
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
async fn a_thousand_fins_of_http_1_1() {
    check(Version::Http1, async |_, readers| disconnect(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_rsts_of_http_1_1() {
    check(Version::Http1, async |_, readers| reset(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_streams_of_http_2_that_are_reset() {
    check(Version::Http2, async |_, readers| reset(readers)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_streams_of_http_2_whose_connections_close_by_a_fin() {
    check(Version::Http2, async |clients, readers| {
        for client in clients {
            client.close().await;
        }
        drop(readers);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_streams_of_http_2_whose_connections_close_by_a_rst() {
    check(Version::Http2, async |clients, readers| {
        for client in clients {
            client.cut().await;
        }
        drop(readers);
    })
    .await;
}
