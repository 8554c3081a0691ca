//! Passes a request from the pipeline through the layers of its endpoint or mounted service, and
//! back into the pipeline.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::Request;
use http_body::Body as HttpBody;
use hyperpoint_core::config::Layered;
use hyperpoint_core::problem::{About, ErrorFormat};
use hyperpoint_core::{Body, Peer, Problem};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use super::app::App;
use super::responding::{Responding, refuse};
use crate::routing::{MountedService, Route};

type BoxError = Box<dyn Error + Send + Sync>;

/// The result of routing, carried through the layers in the request's extensions.
#[derive(Clone)]
pub(super) struct Routed {
    pub(super) app: Arc<App>,
    pub(super) target: Target,
    pub(super) peer: Option<Peer>,
}

/// The handler to which a request is routed.
#[derive(Clone)]
pub(super) enum Target {
    /// An endpoint, with the values of its route's parameters.
    Endpoint(Arc<Route>, Vec<String>),
    /// A mounted service.
    Service(Arc<MountedService>),
}

impl Target {
    fn error_format(&self) -> &ErrorFormat {
        match self {
            Self::Endpoint(route, _) => &route.error_format,
            Self::Service(service) => &service.error_format,
        }
    }
}

/// Returns the innermost service under the layers of every endpoint and mounted service. It passes
/// the request to `respond`, with the [`Routed`] from the request's extensions. If the extensions
/// contain none, the service refuses the request in the format `format`.
pub(super) fn innermost(
    format: ErrorFormat,
    respond: fn(Routed, Request<Body>) -> Responding,
) -> Layered {
    let service = service_fn(move |mut request: Request<Body>| {
        let response = match request.extensions_mut().remove::<Routed>() {
            Some(routed) => respond(routed, request),
            None => Responding::refused(
                &format,
                Problem::internal("a layer removed the extensions of its request")
                    .about(&request.into_parts().0),
            ),
        };
        response.map(Ok::<_, Infallible>)
    });
    BoxCloneSyncService::new(service.map_err(|never| match never {}))
}

/// Processes a request through the layers of its endpoint or mounted service. An error of a layer
/// becomes a problem by the host's error mapping, by default a 500.
pub(super) fn through<B>(layered: &Layered, routed: Routed, mut request: Request<B>) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let about = About::new(&request);
    let (state, format) = (routed.app.state.clone(), routed.target.error_format().clone());
    request.extensions_mut().insert(routed);
    let response = layered.clone().oneshot(request.map(Body::boxed));
    let of_panic = format.clone();
    Responding::boxed(
        &of_panic,
        response.map(move |result| {
            result.unwrap_or_else(|error| {
                refuse(&format, state.problems().apply(Problem::from(error)).about(about))
            })
        }),
    )
}
