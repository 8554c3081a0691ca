//! A NATS server with JetStream, on a free port and with its own store.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::missing::missing;

const DEADLINE: Duration = Duration::from_secs(20);
/// The interval between checks of whether a server is ready.
const LOOK: Duration = Duration::from_millis(10);
/// The NATS server's notation for any free port.
const ANY_PORT: i32 = -1;

/// A running server. Dropping it kills the process and removes its store.
pub(crate) struct Broker {
    process: Child,
    port: i32,
    /// Declared after the process, which writes to it, so that it is dropped later.
    folder: TempDir,
}

impl Broker {
    /// Starts a server without a stream.
    pub(crate) async fn start() -> Self {
        let folder = TempDir::with_prefix("hyperpoint-nats-").unwrap();
        let (process, port) = launch(&folder, ANY_PORT).await;
        Self { process, port, folder }
    }

    /// Returns the URL that clients connect to.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills the server, as a crash would end it.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts the server again after [`kill`](Self::kill), on the same port and the same store.
    pub(crate) async fn revive(&mut self) {
        (self.process, _) = launch(&self.folder, self.port).await;
    }

    /// Saves a copy of the store, while the server is stopped.
    pub(crate) fn back_up(&self) {
        copy(&self.folder.path().join("store"), &self.folder.path().join("backup"));
    }

    /// Restores the copy made by [`back_up`](Self::back_up), while the server is stopped.
    pub(crate) fn restore(&self) {
        let store = self.folder.path().join("store");
        fs::remove_dir_all(&store).unwrap();
        copy(&self.folder.path().join("backup"), &store);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Starts the process and waits until it serves.
async fn launch(folder: &TempDir, port: i32) -> (Child, i32) {
    let store = folder.path().join("store");
    let process = Command::new("nats-server")
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream"])
        .arg("--store_dir")
        .arg(&store)
        .arg("--ports_file_dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| missing("nats-server did not start", error));
    let ports = folder.path().join(format!("nats-server_{}.ports", process.id().unwrap()));
    let end = Instant::now() + DEADLINE;
    loop {
        // The file is written once the server listens, and may be read half written.
        let text = fs::read(&ports).unwrap_or_default();
        if let Ok(ports) = serde_json::from_slice::<Value>(&text) {
            let url = ports["nats"][0].as_str().unwrap();
            return (process, url.rsplit_once(':').unwrap().1.parse().unwrap());
        }
        assert!(Instant::now() < end, "nats-server is not ready after {DEADLINE:?}");
        sleep(LOOK).await;
    }
}
