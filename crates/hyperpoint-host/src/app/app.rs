//! What every request needs of its application.

use std::sync::Arc;

use hyperpoint_core::endpoint::EndpointRoutes;
use hyperpoint_core::host_state::HostState;
use tower_http::cors::CorsLayer;

use crate::forwarding::TrustedProxies;
use crate::options::ServerOptions;
use crate::routing::{ListedRoute, RouteTable};
use crate::telemetry::{Meter, Telemetry};

/// What every request needs of its application.
pub(crate) struct App {
    pub(crate) routes: RouteTable,
    pub(crate) state: HostState,
    /// The host's own cross-origin rules, for what no endpoint answers.
    pub(crate) cors: Option<CorsLayer>,
    pub(crate) options: ServerOptions,
    /// The routes by the types of their endpoints.
    pub(crate) endpoints: Arc<EndpointRoutes>,
    /// Proxies that say who asks, where there are any.
    pub(crate) trust: Option<TrustedProxies>,
    /// None where nobody looks on, so that nothing is done for it.
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    /// The sorted list of routes, for the log.
    pub(crate) lines: Vec<String>,
    /// The same with all that is told of them.
    pub(crate) listed: Vec<ListedRoute>,
}

impl App {
    /// Who counts, if anybody.
    pub(crate) fn meter(&self) -> Option<Arc<dyn Meter>> {
        self.telemetry.as_ref()?.meter.clone()
    }
}
