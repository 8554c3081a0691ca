//! `curl -N`, which prints the text of a stream; this test parses it with the project's own parser.

use std::path::Path;
use std::time::Duration;

use hyperpoint::http::Version;
use hyperpoint::sse::{Decoded, Decoder};

use super::check::{Reconnects, Server, features, resume};
use super::received::{Event, Received};
use super::table::Row;
use crate::programs::run;

/// One connection: the events until its clean end, and the `retry` that it set.
async fn read(url: &str, version: Version, last_id: &str, got: &mut Received) -> Duration {
    let protocol = if version == Version::HTTP_2 { "--http2-prior-knowledge" } else { "--http1.1" };
    let header = format!("Last-Event-ID: {last_id}");
    // curl does not send a header without a value. An unclean end is an error of curl.
    let arguments = ["-N", "-sS", "--fail", "--noproxy", "*", protocol, "-H", &header, url];
    let text = run(Path::new("curl"), &arguments).await;
    let mut decoder = Decoder::new();
    decoder.push(text.as_bytes()).unwrap();
    while let Some(decoded) = decoder.pop() {
        match decoded {
            Decoded::Event(event) => {
                let name = Some(event.name);
                got.events.push(Event { name, data: event.data, id: event.id });
            }
            Decoded::Comment(text) => got.comments.push(text),
            _ => {}
        }
    }
    decoder.retry_after().unwrap_or_default()
}

async fn row(version: Version) -> Row {
    let mut row = Row::default();
    let mut got = Received::default();
    let server = Server::start().await;
    read(&server.url("features"), version, "", &mut got).await;
    server.assert_spoke(version);
    features(&mut row, &got);

    let mut got = Received::default();
    let server = Server::start().await;
    while got.events.last().is_none_or(|last| last.data != "{}") {
        let ids = got.events.iter().rev().find_map(|event| event.id.clone());
        let wait = read(&server.url("resume"), version, &ids.unwrap_or_default(), &mut got).await;
        tokio::time::sleep(wait).await;
    }
    server.assert_spoke(version);
    resume(&mut row, &got, &server.visits(), Reconnects::ByHand);
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_prints_the_text() {
    let mut seen = row(Version::HTTP_11).await;
    assert_eq!(seen, row(Version::HTTP_2).await, "the rows over both protocols are equal");
    seen.set("HTTP", "1.1, 2");
    // curl has no name and no id of its own: the text has none.
    seen.set("No name", "none");
    seen.set("Version", "any");
    seen.assert_in_guide("`curl -N`");
}
