//! curl, as a client of a proxy.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::missing::missing;

const DEADLINE: Duration = Duration::from_secs(15);

/// A curl process that reads a stream. Dropping it kills the process.
pub(super) struct Client {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    /// Requests a path from a proxy over TLS, from another address than the proxy's.
    pub(super) fn open(port: u16, protocol: &str, path: &str) -> Self {
        let url = format!("https://app.example:{port}{path}");
        let resolve = format!("app.example:{port}:127.0.0.1");
        let mut process = Command::new("curl")
            .args(["-N", "-sS", "-k", "--fail", "--noproxy", "*", "--interface", "127.0.0.2"])
            .args(["-H", "Last-Event-ID: that-one", "-H", "X-Forwarded-For: 203.0.113.9"])
            .args([protocol, "--resolve", &resolve, &url])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| missing("curl", error));
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Returns the next line of the stream, or `None` at its end.
    pub(super) async fn line(&mut self) -> Option<String> {
        let line = timeout(DEADLINE, self.lines.next_line()).await;
        line.unwrap_or_else(|_| panic!("no line of the stream arrived")).unwrap()
    }

    /// Returns the data of the next event.
    pub(super) async fn data(&mut self) -> Value {
        loop {
            let line = self.line().await;
            let line = line.unwrap_or_else(|| panic!("the stream ended"));
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }

    /// Closes the connection.
    pub(super) async fn leave(mut self) {
        self.process.kill().await.unwrap();
    }
}
