//! What a host reports when it starts to listen: to the log, or to standard error if the program
//! has no log.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};

use hyperpoint::prelude::*;
use tracing::Level;

use crate::http::endpoint;
use crate::telemetry::captured::Captured;
use crate::wire::eventually;
use crate::wire::raw::Raw;

endpoint! {
    First: () => ();
    |config| {
        config.get("/first");
        config.post("/first");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

endpoint! {
    Second: () => ();
    |config| {
        config.get("/second");
        config.allow_anonymous();
    }
    |(), cx| { cx.send.no_content_async().await }
}

fn host() -> Host {
    Host::empty().endpoint::<Second>().endpoint::<First>().bind("127.0.0.1:0")
}

#[tokio::test]
async fn the_log_has_one_line_with_the_number_of_routes() {
    let captured = Captured::new();
    let running = host().start().await.unwrap();
    let lines = captured.lines_with("hyperpoint_host");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let expected = format!(
        "INFO hyperpoint_host::server::running: listening url=\"{}\" routes=3 ",
        running.url()
    );
    assert!(lines[0].contains(&expected), "{lines:?}");
}

#[tokio::test]
async fn the_routes_are_listed_at_the_level_debug() {
    let captured = Captured::at(Level::DEBUG);
    let _running = host().start().await.unwrap();
    let lines = captured.lines_with("DEBUG hyperpoint_host::server::running");
    let routes: Vec<_> = lines.iter().map(|line| line.rsplit_once(": ").unwrap().1).collect();
    assert_eq!(
        routes,
        [
            "GET     /first  it::startup::listening::First",
            "POST    /first  it::startup::listening::First",
            "GET     /second  it::startup::listening::Second",
        ]
    );
}

const ROLE: &str = "HYPERPOINT_TEST_LISTENS";

/// Helper for a child process, not a test of its own: serves in the requested role until a signal
/// arrives.
#[tokio::test]
async fn listens_in_a_child_process() {
    match std::env::var(ROLE).as_deref() {
        Ok("run") => host().run().await.unwrap(),
        Ok("run with a log") => {
            tracing_subscriber::fmt().with_ansi(false).init();
            host().run().await.unwrap();
        }
        Ok("start") => {
            let running = host().start().await.unwrap();
            println!("\nstarted on {}", running.url());
            running.until_signal().await.unwrap();
        }
        _ => {}
    }
}

/// Starts this binary in a role, finds its address in a line of its standard output or error, sends
/// a request, ends it with a signal, and returns what it printed to standard error.
async fn standard_error_of(role: &str, says_by: Says) -> String {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "startup::listening::listens_in_a_child_process", "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    let mut errors = BufReader::new(process.stderr.take().unwrap());
    let mut text = String::new();
    let line = match says_by {
        Says::Output => {
            let mut lines = output.by_ref().lines().map_while(Result::ok);
            lines.find(|line| line.contains("http://")).unwrap()
        }
        Says::Error => {
            errors.read_line(&mut text).unwrap();
            text.clone()
        }
    };
    let (_, address) = line.split_once("http://").unwrap();
    let end_of_address = |char: char| !char.is_ascii_digit() && !".:".contains(char);
    let address = address.split(end_of_address).next().unwrap().parse().unwrap();
    // The process answers only once it waits for signals, because it has one thread.
    assert_eq!(Raw::get(address, "/first").await.head().await.status(), 204);
    assert!(end(&mut process).await.success());
    errors.read_to_string(&mut text).unwrap();
    text
}

/// Returns the address in a line that a process printed.
enum Says {
    Output,
    Error,
}

async fn end(process: &mut Child) -> ExitStatus {
    let id = process.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    eventually(|| process.try_wait().unwrap().is_some()).await;
    process.wait().unwrap()
}

#[tokio::test]
async fn a_host_without_a_log_prints_its_address_once() {
    let errors = standard_error_of("run", Says::Error).await;
    let port = errors.strip_prefix("listening on http://127.0.0.1:").unwrap().trim_end();
    assert!(port.parse::<u16>().is_ok(), "{errors:?}");
}

#[tokio::test]
async fn a_host_with_a_log_prints_nothing_else() {
    assert_eq!(standard_error_of("run with a log", Says::Output).await, "");
}

#[tokio::test]
async fn a_host_started_with_start_prints_nothing() {
    assert_eq!(standard_error_of("start", Says::Output).await, "");
}
