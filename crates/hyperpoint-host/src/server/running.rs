//! A host that serves: its tasks, and how it stops.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use hyperpoint_core::{Peer, Stopping};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::listener::{Acceptor, listen, prepare};
use crate::app::Application;
use crate::connection::serve;
use crate::error::HostError;

/// A host that serves. It goes on until it is told to stop; dropped, it stops at once.
///
/// # Example
///
/// ```no_run
/// use hyperpoint_host::{Host, HostError};
///
/// # async fn main_() -> Result<(), HostError> {
/// let running = Host::new().bind("127.0.0.1:0").start().await?;
/// println!("listening on http://{}", running.address());
/// running.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a host that is dropped stops at once"]
pub struct Running {
    address: SocketAddr,
    stopping: Stopping,
    server: Server,
}

/// The task of the server, which ends when it is dropped.
struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.0.is_finished()).finish()
    }
}

/// Listens on the address and serves the application in a task of its own.
pub(crate) async fn start(app: Application, address: &str) -> Result<Running, HostError> {
    let listener = listen(address).await?;
    let address = listener.local_addr().map_err(HostError::io)?;
    for route in app.routes() {
        tracing::info!("{route}");
    }
    tracing::info!(%address, "listening");
    let stopping = app.app().state.stopping().clone();
    let server = Server(tokio::spawn(run(listener, app)));
    Ok(Running { address, stopping, server })
}

impl Running {
    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What tells its endpoints that it stops.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// Stops: takes no more connections, ends event streams with an event `reconnect`, and lets
    /// requests finish within the drain window. Returns when all of that is done.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the host at once.
    pub async fn stop(mut self) {
        self.stopping.request();
        self.finished().await;
    }

    /// Serves until SIGINT or SIGTERM, then stops as [`stop`](Self::stop) does. A second signal
    /// stops at once.
    ///
    /// # Errors
    ///
    /// When signals can't be listened to.
    pub async fn until_signal(mut self) -> Result<(), HostError> {
        let mut signals = Signals::new().map_err(HostError::io)?;
        tokio::select! {
            () = signals.next() => tracing::info!("stopping"),
            () = self.finished() => return Ok(()),
        }
        self.stopping.request();
        tokio::select! {
            () = signals.next() => tracing::warn!("asked again, stopping at once"),
            () = self.finished() => {}
        }
        Ok(())
    }

    async fn finished(&mut self) {
        // The server neither panics nor is aborted while this handle to it is held.
        let _ = (&mut self.server.0).await;
    }
}

/// Accepts until the host is asked to stop, then waits for what is under way, up to the window.
async fn run(listener: TcpListener, app: Application) {
    let state = app.app().state.clone();
    let mut connections = JoinSet::new();
    let mut acceptor = Acceptor::new(listener);
    loop {
        tokio::select! {
            (socket, address) = acceptor.accept() => {
                if let Err(error) = prepare(&socket) {
                    tracing::debug!(%error, "failed to prepare a socket");
                    continue;
                }
                connections.spawn(serve(app.clone(), socket, Peer::new(address)));
            }
            Some(_) = connections.join_next() => {}
            () = state.stopping().requested() => break,
        }
    }
    drop(acceptor);
    let all = async {
        while connections.join_next().await.is_some() {}
        state.tasks().finished().await;
    };
    if tokio::time::timeout(state.stopping().window(), all).await.is_err() {
        tracing::warn!(open = connections.len(), "the drain window is over; cutting what is left");
    }
}

/// SIGINT and SIGTERM, or what the platform has of them.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
