//! How a server of the bench is started and ended.

use std::io::Write;
use std::net::SocketAddr;

/// The address behind `--bind`, or a free one.
#[must_use]
pub fn address() -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--bind").skip(1);
    arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned())
}

/// The paths of a certificate and its key behind `--tls`.
#[must_use]
pub fn tls() -> Option<(String, String)> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tls").skip(1);
    Some((arguments.next()?, arguments.next()?))
}

/// Tells that the server listens.
pub fn announce(address: SocketAddr) {
    let mut out = std::io::stdout();
    // The bench reads this line, and ends the server when it does not come.
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
}

/// Ends on SIGTERM.
pub async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        terminate.recv().await;
    }
}
