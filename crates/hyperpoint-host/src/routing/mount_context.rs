//! The host's configuration for the start-up step, and the values that endpoints and services
//! derive from it.

use std::sync::Arc;

use hyperpoint_core::config::{AllowedNames, Layered};
use hyperpoint_core::identity::Revocation;
use hyperpoint_core::problem::ErrorFormat;
use hyperpoint_core::request_body::BodyLimits;
use hyperpoint_core::services::Services;
use hyperpoint_core::{Config, Cors, GroupConfig};

use super::mounting::Mounting;
use super::placed::Placed;
use crate::authorization::Schemes;
use crate::limits::FailedAuthentications;
use crate::options::ServerOptions;

/// The part of the host's configuration that is used to mount endpoints and services.
pub(crate) struct MountContext<'a> {
    pub(crate) services: &'a Services,
    /// The tower services to mount.
    pub(crate) mounts: &'a [Mounting],
    /// The already built endpoints to mount.
    pub(crate) placed: &'a [Placed],
    pub(crate) options: &'a ServerOptions,
    pub(crate) cors: Option<&'a Cors>,
    pub(crate) defaults: &'a GroupConfig,
    pub(crate) schemes: &'a Schemes,
    /// The host's limit on failed authentication attempts, or `None` if it is disabled.
    pub(crate) failed_authentications: Option<Arc<FailedAuthentications>>,
    /// Checks that an identity has not been revoked.
    pub(crate) revocation: &'a Arc<Revocation>,
    /// The hosts and origins that the host allows.
    pub(crate) allowed_names: &'a AllowedNames,
    /// The host's format of error responses.
    pub(crate) error_format: &'a ErrorFormat,
    /// The innermost service under the layers of endpoints and mounted services.
    pub(crate) innermost: &'a Layered,
    /// Configuration errors that concern no endpoint.
    pub(crate) server_errors: Vec<String>,
}

/// Returns the allowed hosts and origins, or `None` if all are allowed.
pub(crate) fn allowed(names: &AllowedNames) -> Option<Box<AllowedNames>> {
    (!names.allows_all()).then(|| Box::new(names.clone()))
}

/// Wraps the innermost service in the layers of an endpoint or a mounted service. Returns `None` if
/// the configuration has no layers.
pub(super) fn layered(config: &Config, innermost: &Layered) -> Option<Layered> {
    let (first, others) = config.layers().split_first()?;
    Some(others.iter().fold(first.wrap(innermost.clone()), |inner, layer| layer.wrap(inner)))
}

/// Returns the size limit and the timeouts of the request bodies of an endpoint or a mounted
/// service.
pub(super) fn body_limits(config: &Config, options: &ServerOptions) -> BodyLimits {
    let bytes = config.body_limit().unwrap_or(options.body_limit_bytes);
    BodyLimits { bytes, pace: options.body_pace() }
}
