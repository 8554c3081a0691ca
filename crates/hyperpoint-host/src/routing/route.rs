//! One endpoint on one route, as the pipeline needs it.

use std::fmt;
use std::sync::Arc;

use hyperpoint_core::bind::BindingPlan;
use hyperpoint_core::endpoint::ErasedEndpoint;
use hyperpoint_core::exchange::BodyLimits;
use tower_http::cors::CorsLayer;

use super::access::Admission;

/// One endpoint on one route.
pub(crate) struct Route {
    pub(crate) endpoint: Arc<dyn ErasedEndpoint>,
    pub(crate) plan: Arc<BindingPlan>,
    pub(crate) access: Admission,
    pub(crate) body_limits: BodyLimits,
    pub(crate) streams: bool,
    pub(crate) cors: Option<CorsLayer>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("is_open", &self.access.is_open).finish_non_exhaustive()
    }
}
