//! A host that serves: its tasks, and how it stops.

use std::fmt;
use std::future::pending;
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
    address: Option<SocketAddr>,
    management_address: Option<SocketAddr>,
    url: String,
    stopping: Stopping,
    endpoints: Arc<EndpointRoutes>,
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

/// Listens and serves in a task of its own.
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
            tell_routes(app, &self::url(listener, address, false));
            address
        }
        None => None,
    };
    tell_routes(&app, &url);
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

/// What goes on beside the host, for as long as that serves.
async fn beside(
    management: Option<(Listener, Application)>,
    background_tasks: Vec<BoxFuture<'static, ()>>,
) {
    let managed = async {
        if let Some((listener, app)) = management {
            // Nobody asks it to stop, so that it answers to the end.
            run(listener, None, app).await;
        }
    };
    tokio::join!(managed, join_all(background_tasks), pending::<()>());
}

fn url(listener: &Listener, address: Option<SocketAddr>, is_secure: bool) -> String {
    match (listener.path(), address) {
        (Some(path), _) => format!("unix:{path}"),
        (None, Some(address)) if is_secure => format!("https://{address}"),
        (None, Some(address)) => format!("http://{address}"),
        (None, None) => "unix:".to_owned(),
    }
}

fn tell_routes(app: &Application, url: &str) {
    for route in app.routes() {
        tracing::info!("{route}");
    }
    tracing::info!(url, connections = app.app().options.connection_limit(), "listening");
}

impl Running {
    /// The address that it listens on. On a socket that is a file: port 0 of no address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into())
    }

    /// The address for those who run it, where there is one.
    #[must_use]
    pub fn management_address(&self) -> Option<SocketAddr> {
        self.management_address
    }

    /// Where it listens, as a URL: `http://127.0.0.1:8080`, `https://…` under TLS, `unix:/path`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The methods and routes of its endpoints, by their types.
    #[must_use]
    pub fn endpoint_routes(&self) -> &Arc<EndpointRoutes> {
        &self.endpoints
    }

    /// What tells its endpoints that it stops.
    #[must_use]
    pub fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// Stops. Event streams end one by one over the drain window, each with an event `reconnect`;
    /// requests finish; whoever still comes is answered, an event stream by `reconnect` alone.
    /// Returns when nothing is under way, at the latest at the end of the window.
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
