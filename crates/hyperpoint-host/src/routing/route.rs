//! One endpoint on one route, as the pipeline needs it.

use std::fmt;
use std::sync::Arc;

use hyperpoint_core::bind::BindingPlan;
use hyperpoint_core::endpoint::ErasedEndpoint;
use hyperpoint_core::exchange::BodyLimits;
use tower_http::cors::CorsLayer;

/// One endpoint on one route.
pub(crate) struct Route {
    pub(crate) endpoint: Arc<dyn ErasedEndpoint>,
    pub(crate) plan: Arc<BindingPlan>,
    pub(crate) access: Access,
    pub(crate) body_limits: BodyLimits,
    pub(crate) streams: bool,
    pub(crate) cors: Option<CorsLayer>,
}

/// Who may use an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Anyone,
    /// An authenticated user, who holds one of these roles if there are any.
    User {
        roles: Vec<String>,
    },
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("access", &self.access).finish_non_exhaustive()
    }
}
