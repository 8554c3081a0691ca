//! Signals to a process that runs a host: this binary once more, with a test that serves.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hyperpoint::prelude::*;

use super::endpoints::endpoint;
use crate::wire::eventually;
use crate::wire::raw::Raw;

endpoint! {
    Idle: () => Events<u32>;
    |config| {
        config.get("/idle");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await }
}

endpoint! {
    Stuck: () => ();
    |config| {
        config.get("/stuck");
        config.allow_anonymous();
    }
    |_, _cx| { std::future::pending().await }
}

const ROLE: &str = "HYPERPOINT_TEST_SERVES";
const SAYS: &str = "listening on ";

/// No test by itself: it serves until a signal comes, where it is asked to.
#[tokio::test]
async fn serves_when_asked_to() {
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

/// A process that serves. It is ended when it is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    /// Kept open, so that the process can go on writing.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one with a drain window of so many seconds.
    fn start(window_secs: u32) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "http::signals::serves_when_asked_to", "--nocapture"])
            .env(ROLE, window_secs.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix(SAYS)?.parse().ok());
        let address = address.unwrap();
        Self { process, address, _output: output }
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
        // It has ended already where the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_signal_ends_streams_cleanly_and_the_process_well() {
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
        // It was accepted later, so that by then the stuck request is under way.
        let mut stream = Raw::get(server.address, "/idle").await;
        assert_eq!(stream.head().await.status(), 200);
        let start = Instant::now();
        server.signal(first);
        // The first signal was heard when a new stream is sent away.
        loop {
            let mut stream = Raw::get(server.address, "/idle").await;
            assert_eq!(stream.head().await.status(), 200);
            let chunk = tokio::time::timeout(Duration::from_millis(50), stream.chunk()).await;
            if chunk.is_ok_and(|chunk| chunk.unwrap().starts_with("event: reconnect\n")) {
                break;
            }
        }
        assert!(server.process.try_wait().unwrap().is_none(), "the stuck request holds it up");
        server.signal(second);
        assert_eq!(server.ended().await.code(), Some(0));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(stuck.until_close().await, b"");
    }
}
