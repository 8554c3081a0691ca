//! The command line, the runtime, the start message and the stop signal of a benchmark server.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;

use tokio::runtime::{Builder, Runtime};

/// The name of the worker threads of a server.
pub const WORKER: &str = "worker";

/// Returns the argument of `--bind`, or `127.0.0.1:0`, which selects a free port, if it is absent.
#[must_use]
pub fn address() -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--bind").skip(1);
    arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned())
}

/// Returns the two arguments of `--tls`, the paths of the certificate and of the key, or `None` if
/// one of them is absent.
#[must_use]
pub fn tls() -> Option<(String, String)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tls").skip(1);
    Some((arguments.next()?, arguments.next()?))
}

/// Builds the runtime: single-threaded by default, or with the number of worker threads that
/// `--workers` sets.
///
/// # Errors
///
/// Returns an error if the argument of `--workers` is not a number, or if the runtime cannot be
/// created.
///
/// # Panics
///
/// Panics if the argument of `--workers` is 0.
pub fn runtime() -> Result<Runtime, Box<dyn Error>> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--workers").skip(1);
    let mut builder = match arguments.next() {
        None => Builder::new_current_thread(),
        Some(workers) => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers.parse()?).thread_name(WORKER);
            builder
        }
    };
    Ok(builder.enable_all().build()?)
}

/// Prints the address on which the server listens, for the bench to read.
pub fn announce(address: SocketAddr) {
    let mut out = std::io::stdout();
    // If writing fails, the bench reads no address and stops the server.
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
}

/// Waits for SIGTERM. Returns at once if the signal handler cannot be installed.
pub async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        terminate.recv().await;
    }
}
