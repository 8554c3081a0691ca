//! The command line, the runtime, the announcement and the termination of a server of the bench.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;

use tokio::runtime::{Builder, Runtime};

/// The name of the worker threads of a server.
pub const WORKER: &str = "worker";

/// Returns the address after `--bind`, or one with a free port.
#[must_use]
pub fn address() -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--bind").skip(1);
    arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned())
}

/// Returns the paths of the certificate and the key after `--tls`.
#[must_use]
pub fn tls() -> Option<(String, String)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tls").skip(1);
    Some((arguments.next()?, arguments.next()?))
}

/// Returns the runtime: of the main thread, or with as many worker threads as `--workers` sets.
///
/// # Errors
///
/// Fails if the number is invalid, or if the system has no resources for a runtime.
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

/// Prints the address on which the server listens.
pub fn announce(address: SocketAddr) {
    let mut out = std::io::stdout();
    // If this fails, the bench does not get the line and ends the server.
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
}

/// Waits for SIGTERM.
pub async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        terminate.recv().await;
    }
}
