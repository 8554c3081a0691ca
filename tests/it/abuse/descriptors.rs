//! A process that runs out of file descriptors: the test binary starts itself again with a test
//! that serves.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};

use super::site::Site;
use crate::wire::raw::Raw;
use crate::wire::within;

const ROLE: &str = "HYPERPOINT_TEST_FEW_DESCRIPTORS";
const SAYS: &str = "listening on ";
/// The maximum number of descriptors of the process, and how many of them are free.
const MOST: u64 = 200;
const SPARE: usize = 8;

/// Helper for a child process, not a test of its own: if requested by the environment, serves until
/// it is killed.
#[tokio::test]
async fn serves_with_few_descriptors_in_a_child_process() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let site = Site::with_long_timeouts().await;
    // Fewer descriptors than the host calculates with, as if other parts of the process had taken
    // them.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(MOST);
    setrlimit(Resource::Nofile, limit).unwrap();
    let mut taken: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    taken.truncate(taken.len() - SPARE);
    println!("\n{SAYS}{}", site.host.address());
    std::future::pending::<()>().await;
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start() -> (Server, SocketAddr) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "abuse::descriptors::serves_with_few_descriptors_in_a_child_process"])
        .arg("--nocapture")
        .env(ROLE, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix(SAYS)?.parse().ok());
    (Server(process), address.unwrap())
}

#[tokio::test]
async fn without_descriptors_accepting_pauses_recovers_and_is_logged_once() {
    let (mut process, address) = start();
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(Raw::get(address, "/idle").await);
    }
    let mut answered = Vec::new();
    for mut raw in open {
        match tokio::time::timeout(Duration::from_secs(1), raw.head()).await {
            Ok(head) => {
                assert_eq!(head.status(), 200);
                answered.push(raw);
            }
            Err(_) => break,
        }
    }
    assert!(answered.len() >= 3 && answered.len() < 12, "{} were served", answered.len());
    // Once they disconnect, new clients are served.
    answered.into_iter().for_each(Raw::reset);
    let mut late = Raw::get(address, "/idle").await;
    assert_eq!(late.head().await.status(), 200);
    process.0.kill().unwrap();
    let log = BufReader::new(process.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let log: Vec<String> = log.collect();
    let told = log.iter().filter(|line| line.contains("failed to accept a connection")).count();
    assert_eq!(told, 1, "{log:#?}");
}

const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                    content-length: 2\r\n\r\n[]";

#[tokio::test]
async fn without_descriptors_silent_connections_are_closed_before_kept_alive_ones() {
    let (_process, address) = start();
    let mut good = Vec::new();
    for _ in 0..3 {
        let mut raw = Raw::open(address, POST).await;
        assert_eq!(raw.head().await.status(), 204);
        good.push(raw);
    }
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(Raw::connect(address).await);
    }
    // Long before `request_head`, which is one minute here.
    good.push(Raw::open(address, POST).await);
    assert_eq!(within(good[3].head()).await.status(), 204);
    for raw in &mut good {
        raw.write(POST).await;
        assert_eq!(within(raw.head()).await.status(), 204);
    }
}
