//! A running host: its tasks and its shutdown.

use std::fmt;
use std::future::pending;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};
use hyperpoint_core::Stopping;
use hyperpoint_core::endpoint::EndpointRoutes;
use tokio::task::JoinHandle;

use super::accepting::run;
use super::host_parts::HostParts;
use super::listener::Listener;
use super::signals::Signals;
use crate::app::Application;
use crate::error::HostError;

/// A running host, which serves until it is stopped. Dropping it stops the host immediately and
/// closes all connections.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// /// GET /hello
/// #[derive(Endpoint)]
/// struct Hello;
///
/// impl Endpoint for Hello {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/hello");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.string_async("hello").await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), HostError> {
/// let running = Host::new().bind("127.0.0.1:0").start().await?;
/// println!("listening on {}", running.url());
/// running.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a dropped host stops at once; keep it, or call `stop` or `until_signal`"]
pub struct Running {
    address: Option<SocketAddr>,
    management_address: Option<SocketAddr>,
    url: String,
    stopping: Stopping,
    endpoints: Arc<EndpointRoutes>,
    server: Server,
}

/// The server's task. Dropping it aborts the task.
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

/// Begins to listen, and spawns the server's task.
pub(crate) async fn start(assembled: HostParts) -> Result<Running, HostError> {
    let HostParts { application: app, bind, secure, management, background_tasks } = assembled;
    let listener = Listener::new(bind).await?;
    let address = listener.address().map_err(HostError::io)?;
    let url = url(&listener, address, secure.is_some());
    let management = match management {
        Some((app, bind)) => Some((Listener::new(bind).await?, app)),
        None => None,
    };
    let management_address = match &management {
        Some((listener, app)) => {
            let address = listener.address().map_err(HostError::io)?;
            log_listening(app, &self::url(listener, address, false));
            address
        }
        None => None,
    };
    log_listening(&app, &url);
    let stopping = app.app().state.stopping().clone();
    let endpoints = Arc::clone(app.endpoint_routes());
    let serving = run(listener, secure, app);
    let server = Server(tokio::spawn(async move {
        tokio::select! {
            () = serving => {}
            () = beside(management, background_tasks) => {}
        }
    }));
    Ok(Running { address, management_address, url, stopping, endpoints, server })
}

/// Runs the management application and the background tasks while the server runs. Never completes.
async fn beside(
    management: Option<(Listener, Application)>,
    background_tasks: Vec<BoxFuture<'static, ()>>,
) {
    let managed = async {
        if let Some((listener, app)) = management {
            // The management application is never asked to stop, so that it responds until the host
            // has stopped.
            run(listener, None, app).await;
        }
    };
    tokio::join!(managed, join_all(background_tasks), pending::<()>());
}

/// Returns the URL of a listener.
fn url(listener: &Listener, address: Option<SocketAddr>, is_secure: bool) -> String {
    match (listener.path(), address) {
        (Some(path), _) => format!("unix:{path}"),
        (None, Some(address)) if is_secure => format!("https://{address}"),
        (None, Some(address)) => format!("http://{address}"),
        (None, None) => "unix:".to_owned(),
    }
}

/// Logs the URL at level `info`, and each route at level `debug`.
fn log_listening(app: &Application, url: &str) {
    for route in app.routes() {
        tracing::debug!("{route}");
    }
    let (routes, connections) = (app.routes().len(), app.app().options.connection_limit());
    tracing::info!(url, routes, connections, "listening");
}

impl Running {
    /// Returns the address that the host listens on, or `0.0.0.0:0` for a Unix socket.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
    }

    /// Returns the management address, or `None` if there is none or if it is a Unix socket.
    #[must_use]
    pub fn management_address(&self) -> Option<SocketAddr> {
        self.management_address
    }

    /// Returns the address as a URL: `http://127.0.0.1:8080`, `https://…` with TLS, or
    /// `unix:/path`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Prints the URL to standard error if no `tracing` subscriber was ever set, because the log
    /// event with the URL is then lost.
    pub(crate) fn print_unless_logged(&self) {
        if !tracing::dispatcher::has_been_set() {
            // The host must serve even if standard error is closed.
            let _ = writeln!(std::io::stderr(), "listening on {}", self.url);
        }
    }

    /// Returns the methods and routes of the host's endpoints, by endpoint type.
    #[must_use]
    pub fn endpoint_routes(&self) -> &Arc<EndpointRoutes> {
        &self.endpoints
    }

    /// Returns the signal that the host's endpoints receive when the host stops.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// Stops the host gracefully: open requests finish, and new connections are still served, with
    /// one request each. Event streams for `EventSource` end one by one over the drain window, each
    /// with an event `reconnect`; a request for a new one gets only `reconnect`. Returns when no
    /// request is open and no background task (`cx.tasks`) is running, at the latest at the end of
    /// the drain window, when the remaining connections are closed.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropping the future stops the host at once.
    pub async fn stop(mut self) {
        self.stopping.request();
        self.finished().await;
    }

    /// Serves until SIGINT or SIGTERM (on platforms other than Unix, Ctrl-C), then stops gracefully
    /// as [`stop`](Self::stop) does. A second signal stops the host immediately.
    ///
    /// # Errors
    ///
    /// Returns an error if signal handlers cannot be installed.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: dropping the future stops the host at once.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::{Host, HostError};
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), HostError> {
    ///     let running = Host::new().start().await?;
    ///     println!("listening on {}", running.url());
    ///     running.until_signal().await
    /// }
    /// ```
    pub async fn until_signal(mut self) -> Result<(), HostError> {
        let mut signals = Signals::new().map_err(HostError::io)?;
        tokio::select! {
            () = signals.next() => tracing::info!("stopping"),
            () = self.finished() => return Ok(()),
        }
        self.stopping.request();
        tokio::select! {
            () = signals.next() => tracing::warn!("received a second signal, stopping at once"),
            () = self.finished() => {}
        }
        Ok(())
    }

    /// Waits until the server's task has ended.
    async fn finished(&mut self) {
        // The task neither panics nor is aborted while this handle is held.
        let _ = (&mut self.server.0).await;
    }
}
