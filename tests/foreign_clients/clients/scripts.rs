//! The clients for Node and Python, each a small program that prints what the client reports.

use std::ffi::OsString;
use std::path::PathBuf;

use hyperpoint::http::Version;

use super::check::{Reconnects, Server, features, resume};
use super::features::NAMES;
use super::received::Received;
use super::table::Row;
use crate::programs::{folder, python, run};

/// A client and the program around it.
struct Client {
    name: &'static str,
    program: PathBuf,
    script: PathBuf,
    comes_back: Reconnects,
    versions: &'static [Version],
}

const BOTH: &[Version] = &[Version::HTTP_11, Version::HTTP_2];

impl Client {
    fn node(name: &'static str, script: &str, comes_back: Reconnects) -> Self {
        let script = folder("node/clients").join(script);
        Self { name, program: "node".into(), script, comes_back, versions: BOTH }
    }

    fn python(name: &'static str, script: &str, versions: &'static [Version]) -> Self {
        let (program, script) = (python(), folder("python").join(script));
        Self { name, program, script, comes_back: Reconnects::ByHand, versions }
    }

    /// Reads both streams over each protocol, and compares the row with the guide.
    async fn check(self) {
        let rows = futures_util::future::join_all(self.versions.iter().map(|&v| self.row(v)));
        let mut rows = rows.await;
        let mut row = rows.pop().unwrap();
        for other in &rows {
            assert_eq!(*other, row, "the rows over both protocols are equal");
        }
        row.set("HTTP", if self.versions == BOTH { "1.1, 2" } else { "1.1" });
        row.assert_in_guide(self.name);
    }

    async fn row(&self, version: Version) -> Row {
        let (got_features, _) = self.read("features", version).await;
        let (got_resume, server) = self.read("resume", version).await;
        let mut row = Row::default();
        row.set("Version", &got_features.version);
        features(&mut row, &got_features);
        resume(&mut row, &got_resume, &server.visits(), self.comes_back);
        row
    }

    async fn read(&self, path: &str, version: Version) -> (Received, Server) {
        let server = Server::start().await;
        let protocol = if version == Version::HTTP_2 { "2" } else { "1.1" };
        let mut arguments = vec![OsString::from(&self.script), server.url(path).into()];
        arguments.push(protocol.into());
        arguments.extend(NAMES.map(OsString::from));
        let printed = run(&self.program, &arguments).await;
        server.assert_spoke(version);
        (Received::parse(&printed), server)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsource_for_node() {
    Client::node("npm `eventsource`", "eventsource.mjs", Reconnects::IN_TIME).check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsource_client_for_node() {
    Client::node("npm `eventsource-client`", "eventsource-client.mjs", Reconnects::IN_TIME)
        .check()
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventsource_parser_for_node() {
    Client::node("npm `eventsource-parser`", "eventsource-parser.mjs", Reconnects::ByHand)
        .check()
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetch_event_source() {
    let name = "npm `@microsoft/fetch-event-source`";
    Client::node(name, "fetch-event-source.mjs", Reconnects::IN_TIME).check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn httpx_sse_for_python() {
    Client::python("PyPI `httpx-sse`", "httpx_sse_client.py", BOTH).check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sseclient_py_for_python() {
    let versions = &[Version::HTTP_11];
    Client::python("PyPI `sseclient-py`", "sseclient_py_client.py", versions).check().await;
}
