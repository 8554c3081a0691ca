//! A tower service that is mounted at a path, with its resolved configuration.

use std::fmt;
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Uri};
use hyperpoint_core::config::{AllowedNames, Layered};
use hyperpoint_core::problem::ErrorFormat;
use hyperpoint_core::request_body::BodyLimits;
use tower_http::cors::CorsLayer;

use crate::authorization::Admission;
use crate::limits::EndpointLimits;

/// A tower service that handles all requests at or below a path, except on paths that have an
/// endpoint.
pub(crate) struct MountedService {
    /// The percent-encoded path, without a trailing slash; empty for the root.
    pub(super) prefix: String,
    /// The route template of the service's paths, for telemetry.
    pub(crate) template: Arc<str>,
    pub(crate) service: Layered,
    pub(crate) access: Admission,
    pub(crate) body_limits: BodyLimits,
    pub(crate) error_format: ErrorFormat,
    /// The hosts and origins that requests may name; `None` for all.
    pub(crate) allowed_names: Option<Box<AllowedNames>>,
    pub(crate) cors: Option<CorsLayer>,
    pub(crate) limits: Option<Arc<EndpointLimits>>,
    /// The service wrapped in its layers, if it has any.
    pub(crate) layered: Option<Layered>,
    /// Headers that are added to every response, if any.
    pub(crate) response_headers: Option<Arc<[(HeaderName, HeaderValue)]>>,
}

impl MountedService {
    /// Returns whether a normalized path is at or below the service's path.
    pub(super) fn has(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&*self.prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the target for the service, without the path at which it is mounted. Returns `None`
    /// if the remaining path could be parsed as a network path (`//name`), to which a service might
    /// redirect.
    pub(crate) fn inner_target(&self, target: &Uri) -> Option<Uri> {
        let path = target.path();
        // Segments can be counted, because normalization neither adds nor removes slashes.
        let segments = self.prefix.matches('/').count();
        let at = path.match_indices('/').nth(segments).map_or(path.len(), |(at, _)| at);
        let rest = path.get(at..)?;
        if rest.starts_with("//") || rest.starts_with("/\\") {
            return None;
        }
        let rest = if rest.is_empty() { "/" } else { rest };
        let mut parts = target.clone().into_parts();
        let whole =
            target.query().map_or_else(|| rest.to_owned(), |query| format!("{rest}?{query}"));
        parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
        Uri::from_parts(parts).ok()
    }
}

impl fmt::Debug for MountedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountedService").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
