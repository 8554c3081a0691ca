//! An example as a process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const START: Duration = Duration::from_secs(10);
/// The drain window of the example, and a margin.
const STOP: Duration = Duration::from_secs(25);

/// Builds the example as the tests were built, so that nothing is compiled twice.
const BUILD: [&str; 11] = [
    "build",
    "--workspace",
    "--example=chat",
    "--example=host",
    "--example=hypermedia",
    "--example=llm",
    "--example=orders",
    "--example=ticker",
    "--features=hyperpoint-tests/foreign_clients,example-host/tls",
    "--message-format=json",
    "--quiet",
];

/// A running example. Dropping it kills the process.
pub(crate) struct Example {
    process: Child,
    /// Kept open, because a program that prints into a closed pipe fails.
    output: Lines<BufReader<ChildStdout>>,
    /// The address it listens on, such as `127.0.0.1:8080`.
    pub(crate) address: String,
}

impl Example {
    /// Starts the program on this address, and reads the address it listens on.
    pub(crate) async fn start(program: &PathBuf, address: &str) -> Self {
        Self::run(program, &["--bind", address], "http://").await
    }

    /// Starts the host example on a free port, with TLS.
    pub(super) async fn start_secured(program: &PathBuf) -> Self {
        Self::run(program, &["--bind", "127.0.0.1:0", "--tls"], "https://").await
    }

    /// Starts a program with these arguments, and reads the address it listens on.
    pub(super) async fn start_with(program: &Path, arguments: &[&str]) -> Self {
        Self::launch(Command::new(program).args(arguments), "http://").await
    }

    /// Starts the ticker on this address; the arguments select the storage of its ticks.
    pub(super) async fn start_ticker(program: &PathBuf, address: &str, kept: [&str; 2]) -> Self {
        Self::run(program, &["--bind", address, kept[0], kept[1]], "http://").await
    }

    /// Starts the chat on free ports, with a NATS server between its nodes that stores its data in
    /// this folder, and reads the addresses of its nodes.
    pub(super) async fn start_chat(program: &Path, folder: &Path) -> (Self, [String; 2]) {
        let mut command = Command::new(program);
        command.args(["--bind", "127.0.0.1:0"]).env("TMPDIR", folder);
        let mut chat = Self::launch(&mut command, "http://").await;
        let second = address(&mut chat.output, "http://").await;
        let both = [chat.address.clone(), second];
        (chat, both)
    }

    /// Kills the process, as `kill -9` does.
    pub(super) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    async fn run(program: &PathBuf, arguments: &[&str], scheme: &str) -> Self {
        Self::launch(Command::new(program).args(arguments), scheme).await
    }

    async fn launch(command: &mut Command, scheme: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = address(&mut output, scheme).await;
        Self { process, output, address }
    }

    /// Asks the process to stop, as an init system does, and waits for its end.
    pub(super) async fn stop(mut self) -> ExitStatus {
        let process = self.process.id().unwrap().try_into().unwrap();
        kill_process(Pid::from_raw(process).unwrap(), Signal::TERM).unwrap();
        timeout(STOP, self.process.wait()).await.unwrap().unwrap()
    }
}

/// Reads the next address that the program prints.
async fn address(output: &mut Lines<BufReader<ChildStdout>>, scheme: &str) -> String {
    let line = timeout(START, output.next_line()).await.unwrap().unwrap().unwrap_or_default();
    let address = line.strip_prefix("listening on ").and_then(|url| url.strip_prefix(scheme));
    address.unwrap_or_else(|| panic!("no address: {line}")).to_owned()
}

/// Returns the program of the example host, and builds it if necessary.
pub(super) async fn program() -> PathBuf {
    program_of("host").await
}

/// Returns the program of an example, and builds it if necessary.
pub(crate) async fn program_of(example: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(env!("CARGO"))
        .args(BUILD)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "cargo build ended with {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut messages = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let program = messages
        .find(|message| message["target"]["name"] == example && message["executable"].is_string())
        .unwrap();
    PathBuf::from(program["executable"].as_str().unwrap())
}
