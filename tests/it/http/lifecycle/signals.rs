//! Signals to a process that runs a host: the test binary starts itself again with a test that
//! serves.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hyperpoint::prelude::*;

use crate::http::endpoint;
use crate::wire::eventually;
use crate::wire::raw::Raw;

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

endpoint! {
    Stuck: () => ();
    |config| {
        config.get("/stuck");
        config.allow_anonymous();
    }
    |(), _cx| { std::future::pending().await }
}

const ROLE: &str = "HYPERPOINT_TEST_SERVES";
const SAYS: &str = "listening on ";

/// Helper for a child process, not a test of its own: if requested by the environment, serves until
/// a signal arrives.
#[tokio::test]
async fn serves_in_a_child_process() {
    let Ok(window) = std::env::var(ROLE) else {
        return;
    };
    let window = Duration::from_secs(window.parse().unwrap());
    let host = Host::empty().endpoint::<Idle>().endpoint::<Stuck>().bind("127.0.0.1:0");
    let host = host.options(|options| options.drain_window = window);
    let host = host.start().await.unwrap();
    println!("\n{SAYS}{}", host.address());
    host.until_signal().await.unwrap();
}

const TWO_ROLE: &str = "HYPERPOINT_TEST_SERVES_TWICE";

/// Helper for a child process, not a test of its own: if requested by the environment, two hosts
/// serve until a signal arrives.
#[tokio::test]
async fn two_hosts_serve_in_a_child_process() {
    if std::env::var(TWO_ROLE).is_err() {
        return;
    }
    let host = || {
        let host = Host::empty().endpoint::<Idle>().bind("127.0.0.1:0");
        host.options(|options| options.drain_window = Duration::from_secs(1))
    };
    let (first, second) = (host().start().await.unwrap(), host().start().await.unwrap());
    println!("\n{SAYS}{},{}", first.address(), second.address());
    tokio::try_join!(first.until_signal(), second.until_signal()).unwrap();
}

/// A child process that serves. Dropping it kills it.
struct Server {
    process: Child,
    address: SocketAddr,
    /// The addresses of all its hosts.
    addresses: Vec<SocketAddr>,
    /// Kept open, so that the process can still write.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a process with a drain window of this many seconds.
    fn start(window_secs: u32) -> Self {
        Self::run("serves_in_a_child_process", ROLE, window_secs)
    }

    fn run(test: &str, role: &str, window_secs: u32) -> Self {
        let test = format!("http::lifecycle::signals::{test}");
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--nocapture"])
            .env(role, window_secs.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let addresses = |line: String| {
            line.strip_prefix(SAYS)?.split(',').map(|address| address.parse().ok()).collect()
        };
        let addresses: Vec<_> = lines.find_map(addresses).unwrap();
        Self { process, address: addresses[0], addresses, _output: output }
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success());
    }

    async fn ended(&mut self) -> ExitStatus {
        eventually(|| self.process.try_wait().unwrap().is_some()).await;
        self.process.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process has already ended if the test passed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_signal_ends_streams_cleanly_and_the_process_successfully() {
    for name in ["TERM", "INT"] {
        let mut server = Server::start(1);
        let mut stream = Raw::get(server.address, "/idle").await;
        assert_eq!(stream.head().await.status(), 200);
        server.signal(name);
        let body = stream.chunked_body().await;
        assert!(body.starts_with("event: reconnect\nretry: "), "{body}");
        assert_eq!(server.ended().await.code(), Some(0), "{name}");
    }
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    for (first, second) in [("TERM", "TERM"), ("INT", "TERM"), ("TERM", "INT")] {
        let mut server = Server::start(60);
        let stuck = Raw::get(server.address, "/stuck").await;
        // The connection was accepted later, so the stuck request is in progress by now.
        let mut stream = Raw::get(server.address, "/idle").await;
        assert_eq!(stream.head().await.status(), 200);
        let start = Instant::now();
        server.signal(first);
        // The first signal has taken effect once a new stream is refused.
        loop {
            let mut stream = Raw::get(server.address, "/idle").await;
            assert_eq!(stream.head().await.status(), 200);
            let chunk = tokio::time::timeout(Duration::from_millis(50), stream.chunk()).await;
            if chunk.is_ok_and(|chunk| chunk.unwrap().starts_with("event: reconnect\n")) {
                break;
            }
        }
        assert!(server.process.try_wait().unwrap().is_none(), "the stuck request delays the end");
        server.signal(second);
        assert_eq!(server.ended().await.code(), Some(0));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(stuck.until_close().await, b"");
    }
}

#[tokio::test]
async fn one_signal_stops_all_hosts_of_a_process() {
    let mut server = Server::run("two_hosts_serve_in_a_child_process", TWO_ROLE, 1);
    let [first, second] = server.addresses[..] else { panic!("two hosts") };
    let mut streams = [Raw::get(first, "/idle").await, Raw::get(second, "/idle").await];
    for stream in &mut streams {
        assert_eq!(stream.head().await.status(), 200);
    }
    server.signal("TERM");
    for mut stream in streams {
        let body = stream.chunked_body().await;
        assert!(body.starts_with("event: reconnect\nretry: "), "{body}");
    }
    assert_eq!(server.ended().await.code(), Some(0));
}
