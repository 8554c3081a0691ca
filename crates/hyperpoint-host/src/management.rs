//! The configuration of the management server.

use futures_util::future::BoxFuture;
use hyperpoint_core::Services;
use hyperpoint_core::endpoint::Registration;

/// The address, endpoints, services and background tasks of the management server.
#[derive(Default)]
pub(crate) struct Management {
    /// The management address, if one is set.
    pub(crate) bind: Option<String>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) services: Services,
    /// Futures that run while the host serves.
    pub(crate) background_tasks: Vec<BoxFuture<'static, ()>>,
}
