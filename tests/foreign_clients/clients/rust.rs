//! The crate `eventsource-client`.

use std::time::Duration;

use eventsource_client::{Client, ClientBuilder, Error, ReconnectOptions, SSE};
use futures_util::TryStreamExt;
use hyperpoint::http::Version;
use launchdarkly_sdk_transport::HyperTransport;
use tokio::time::timeout;

use super::check::{Reconnects, Server, features, resume};
use super::prior_knowledge;
use super::received::{Event, Received};
use super::table::Row;

const DEADLINE: Duration = Duration::from_mins(1);
/// Far below the `retry` of the stream.
const OWN_WAIT: Duration = Duration::from_millis(50);

/// Creates a client of this stream, over the protocol.
fn client(url: &str, version: Version) -> Box<dyn Client> {
    let reconnect = ReconnectOptions::reconnect(true).delay(OWN_WAIT).backoff_factor(1).build();
    let client = ClientBuilder::for_url(url).unwrap().reconnect(reconnect);
    let transport = HyperTransport::builder().disable_proxy();
    if version == Version::HTTP_2 {
        let connector = tower::service_fn(prior_knowledge::connect);
        let transport = transport.build_with_connector(connector).unwrap();
        Box::new(client.build_with_transport(transport))
    } else {
        Box::new(client.build_with_transport(transport.build_http().unwrap()))
    }
}

async fn read(path: &str, version: Version) -> (Received, Server) {
    let server = Server::start().await;
    let client = client(&server.url(path), version);
    let mut stream = client.stream();
    let mut got = Received::default();
    let is_done =
        |got: &Received| got.events.last().and_then(|last| last.name.as_deref()) == Some("done");
    while !is_done(&got) {
        match stream.try_next().await {
            Ok(Some(SSE::Event(event))) => got.events.push(Event {
                name: Some(event.event_type),
                data: event.data,
                id: event.id,
            }),
            Ok(Some(SSE::Comment(text))) => got.comments.push(text),
            // The client reports each clean end as this error, then reconnects.
            Ok(Some(SSE::Connected(_))) | Err(Error::Eof) => {}
            other => panic!("{other:?}"),
        }
    }
    server.assert_spoke(version);
    (got, server)
}

async fn row(version: Version) -> Row {
    let mut row = Row::default();
    let (got, _) = timeout(DEADLINE, read("features", version)).await.unwrap();
    features(&mut row, &got);
    let (got, server) = timeout(DEADLINE, read("resume", version)).await.unwrap();
    // The client subtracts a random part, up to a half.
    let comes_back = Reconnects::ByItself { least: 0.49 };
    resume(&mut row, &got, &server.visits(), comes_back);
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsource_client_for_rust() {
    let (mut seen, over_h2) = tokio::join!(row(Version::HTTP_11), row(Version::HTTP_2));
    assert_eq!(seen, over_h2, "the rows over both protocols are equal");
    seen.set("HTTP", "1.1, 2");
    seen.set("Version", "0.18.0");
    seen.assert_in_guide("crates.io `eventsource-client`");
}
