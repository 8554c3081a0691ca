//! The state of a built application.

use std::sync::Arc;

use hyperpoint_core::config::AllowedNames;
use hyperpoint_core::endpoint::EndpointRoutes;
use hyperpoint_core::host_state::HostState;
use hyperpoint_core::problem::ErrorFormat;
use tower_http::cors::CorsLayer;

use crate::forwarding::TrustedProxies;
use crate::options::ServerOptions;
use crate::routing::{ListedRoute, RouteTable};
use crate::telemetry::{Meter, Telemetry};

/// The state of a built application, shared by all its requests.
pub(crate) struct App {
    pub(crate) routes: RouteTable,
    pub(crate) state: HostState,
    /// The host's own CORS rules, for requests without an endpoint, or `None` if unset.
    pub(crate) cors: Option<CorsLayer>,
    /// The format of refusals without an endpoint.
    pub(crate) error_format: ErrorFormat,
    /// The hosts and origins that requests without an endpoint may name; `None` for all.
    pub(crate) allowed_names: Option<Box<AllowedNames>>,
    pub(crate) options: ServerOptions,
    /// The routes by endpoint type.
    pub(crate) endpoints: Arc<EndpointRoutes>,
    /// The trusted proxies, if any are configured.
    pub(crate) trust: Option<TrustedProxies>,
    /// Spans and metrics, or `None` if both are disabled.
    pub(crate) telemetry: Option<Arc<Telemetry>>,
    /// The routes as lines for the log: endpoints sorted by path and method, then mounted services.
    pub(crate) lines: Vec<String>,
    /// The same routes as rows of the route listing.
    pub(crate) listed: Vec<ListedRoute>,
    #[cfg(feature = "contract")]
    pub(crate) contract: crate::contract::ContractParts,
}

impl App {
    /// Returns the meter, or `None` if metrics are disabled.
    pub(crate) fn meter(&self) -> Option<Arc<dyn Meter>> {
        self.telemetry.as_ref()?.meter.clone()
    }
}
