//! A package outside the workspace, with axum, `hyperpoint-topics` and `hyperpoint-sse`, and without the
//! rest of Hyperpoint: it is built, run, and read.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failing step ends the test")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hyperpoint::http::{Method, StatusCode};
use hyperpoint_testing::Client;

const MANIFEST: &str = r#"
[package]
name = "outside"
version = "0.1.0"
edition = "2024"

[[bin]]
name = "outside"
path = "main.rs"

[dependencies]
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
futures-util = { version = "0.3", default-features = false }
hyperpoint-sse = { path = "ROOT/crates/hyperpoint-sse", features = ["stream"] }
hyperpoint-topics = { path = "ROOT/crates/hyperpoint-topics" }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }

[workspace]
"#;

/// Crates of the workspace that its build must not contain.
const OTHERS: [&str; 4] =
    ["hyperpoint v", "hyperpoint-core v", "hyperpoint-host v", "hyperpoint-macros v"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Writes the package into a folder of its own, with the lock file of the workspace, so that nothing is
/// downloaded.
fn package() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = MANIFEST.replace("ROOT", root().to_str().unwrap());
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    std::fs::copy(root().join("tests/outside/main.rs"), folder.join("main.rs")).unwrap();
    folder
}

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The running program. Dropping it kills the process.
struct Program(Child);

impl Program {
    fn start(folder: &Path) -> (Self, SocketAddr) {
        let text = cargo(folder, &["build", "--quiet", "--message-format=json"]);
        let mut messages =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let built = messages.find(|message| message["executable"].is_string()).unwrap();
        let mut command = Command::new(built["executable"].as_str().unwrap());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let program = Self(child);
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).unwrap();
        (program, address.trim().parse().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn publish(client: &Client, celsius: &str) {
    let call = client.call(Method::POST, "/readings").body("text/plain", celsius.to_owned());
    assert_eq!(call.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn axum_streams_a_topic_that_resumes_with_two_crates_alone() {
    let folder = package();
    let tree = cargo(&folder, &["tree", "-e", "normal", "--prefix", "none"]);
    assert!(tree.contains("hyperpoint-topics v") && tree.contains("axum v"), "{tree}");
    for other in OTHERS {
        assert!(!tree.lines().any(|line| line.starts_with(other)), "{tree}");
    }

    let (_program, address) = Program::start(&folder);
    let client = Client::http1(address);
    let mut readings = client.events("/readings").await.unwrap();
    assert_eq!(readings.next().await.unwrap().name, "ready");
    publish(&client, "20.5").await;
    assert_eq!(readings.next().await.unwrap().data, "20.5");
    client.cut().await;
    for celsius in ["21.5", "22.5"] {
        publish(&client, celsius).await;
    }
    readings.reconnect().await.unwrap();
    assert_eq!(readings.next().await.unwrap().name, "ready");
    for celsius in ["21.5", "22.5"] {
        let event = readings.next().await.unwrap();
        assert_eq!((event.name.as_str(), event.data.as_str()), ("reading", celsius));
    }

    let mut numbers = client.events("/count").await.unwrap();
    for number in ["1", "2", "3", "{}"] {
        assert_eq!(numbers.next().await.unwrap().data, number);
    }
    numbers.ended().await.unwrap();
}
