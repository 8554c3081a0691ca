//! An endpoint on one route, with its resolved configuration.

use std::fmt;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use hyperpoint_core::StreamKind;
use hyperpoint_core::bind::BindingPlan;
use hyperpoint_core::config::{AllowedNames, Layered};
use hyperpoint_core::endpoint::ErasedEndpoint;
use hyperpoint_core::problem::ErrorFormat;
use hyperpoint_core::request_body::BodyLimits;
use hyperpoint_core::route::Constraint;
use matchit::Params;
use tower_http::cors::CorsLayer;

use crate::authorization::Admission;
use crate::limits::EndpointLimits;

/// An endpoint on one route for one method.
pub(crate) struct Route {
    pub(crate) endpoint: Arc<dyn ErasedEndpoint>,
    /// The route template, for telemetry.
    pub(crate) template: Arc<str>,
    /// The constraints of the route's parameters, if it has any.
    pub(crate) constraints: Option<Box<[Option<Constraint>]>>,
    pub(crate) plan: Arc<BindingPlan>,
    pub(crate) access: Admission,
    pub(crate) body_limits: BodyLimits,
    /// The format of the endpoint's error responses.
    pub(crate) error_format: ErrorFormat,
    /// The hosts and origins that requests may name; `None` for all.
    pub(crate) allowed_names: Option<Box<AllowedNames>>,
    /// Whether the endpoint responds with an event stream, or may do so.
    pub(crate) streams: bool,
    /// Whether only some responses are event streams, depending on the request.
    pub(crate) is_by_request: bool,
    /// The kind of the event stream.
    pub(crate) stream_kind: StreamKind,
    pub(crate) cors: Option<CorsLayer>,
    /// The limits that apply to the endpoint, or `None` if no limit applies.
    pub(crate) limits: Option<Arc<EndpointLimits>>,
    /// The endpoint wrapped in its layers, if it has any.
    pub(crate) layered: Option<Layered>,
    /// Headers that are added to every response, if any.
    pub(crate) response_headers: Option<Arc<[(HeaderName, HeaderValue)]>>,
}

impl Route {
    /// Returns whether the constraints of the route's parameters accept these values.
    #[inline]
    pub(super) fn accepts(&self, params: &Params<'_, '_>) -> bool {
        let accepted = |constraints: &[Option<Constraint>]| {
            let mut values = params.iter().map(|(_, value)| value).zip(constraints);
            values.all(|(value, of)| of.is_none_or(|constraint| constraint.accepts(value)))
        };
        self.constraints.as_deref().is_none_or(accepted)
    }

    /// Returns whether every successful response is an event stream.
    pub(crate) fn always_streams(&self) -> bool {
        self.streams && !self.is_by_request
    }

    /// Returns whether every successful response is an event stream for `EventSource`.
    pub(crate) fn is_for_event_source(&self) -> bool {
        self.always_streams() && self.stream_kind == StreamKind::ForEventSource
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("is_open", &self.access.is_open).finish_non_exhaustive()
    }
}
