//! A NATS server on a free port with a temporary store, in a child process that the program starts
//! for this purpose.

use std::env;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::failure::Failure;
use crate::parent::ended;

/// The name of the part of the program that runs the server.
pub(crate) const NAME: &str = "nats-server";

const MISSING: &str = "nats-server is not installed; type one of these:
  apt install nats-server                 what Debian and Ubuntu have
  cargo xtask setup                       with all else that the tests of Hyperpoint need
  cargo run --example chat -- --nats URL  with a NATS server with JetStream that runs elsewhere";

/// Runs a server until the parent process ends, and prints its URL. The store is removed.
pub(crate) async fn run() -> Result<(), Failure> {
    let store = TempDir::with_prefix("hyperpoint-chat-")?;
    let mut server = start(store.path()).map_err(|error| match error.kind() {
        ErrorKind::NotFound => MISSING.to_owned(),
        _ => format!("start nats-server: {error}"),
    })?;
    let log = server.stderr.take().ok_or("nats-server has no log")?;
    let mut log = BufReader::new(log).lines();
    println!("nats://{}", address(&mut log).await?);
    // Keep reading, so that the pipe never fills up.
    tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    tokio::select! {
        () = ended() => Ok(server.kill().await?),
        status = server.wait() => Err(format!("nats-server ended: {}", status?).into()),
    }
}

fn start(store: &Path) -> Result<Child, Error> {
    let mut command = Command::new("nats-server");
    // Any free port.
    command.args(["--addr", "127.0.0.1", "--port", "-1", "--jetstream", "--store_dir"]).arg(store);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    // Debian installs the server in a folder that is not in every user's `PATH`.
    if let Some(mut path) = env::var_os("PATH") {
        path.push(":/usr/sbin");
        command.env("PATH", path);
    }
    command.spawn()
}

/// Returns the address that the server logs once it is ready.
async fn address(log: &mut Lines<BufReader<ChildStderr>>) -> Result<String, Failure> {
    let (mut address, mut said) = (None, Vec::new());
    while let Some(line) = log.next_line().await? {
        if let Some((_, found)) = line.split_once("Listening for client connections on ") {
            address = Some(found.trim().to_owned());
        }
        match address {
            Some(address) if line.ends_with("Server is ready") => return Ok(address),
            _ => said.push(line),
        }
    }
    Err(format!("nats-server did not start:\n{}", said.join("\n")).into())
}
