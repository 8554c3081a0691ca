//! An endpoint within its own layers: from the pipeline through them, and back to it.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::Request;
use http_body::Body as HttpBody;
use hyperpoint_core::config::Layered;
use hyperpoint_core::problem::About;
use hyperpoint_core::{Body, Peer, Problem};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use super::app::App;
use super::responding::{Responding, refuse};
use crate::routing::Route;

type BoxError = Box<dyn Error + Send + Sync>;

/// What was found before the layers, for what is behind them.
#[derive(Clone)]
pub(super) struct Routed {
    pub(super) app: Arc<App>,
    pub(super) route: Arc<Route>,
    pub(super) params: Vec<String>,
    pub(super) peer: Option<Peer>,
}

/// What the layers of every endpoint are put around: it answers so. Which endpoint it is, the
/// request tells.
pub(super) fn innermost(answer: fn(Routed, Request<Body>) -> Responding) -> Layered {
    let service = service_fn(move |mut request: Request<Body>| {
        let answer = match request.extensions_mut().remove::<Routed>() {
            Some(routed) => answer(routed, request),
            None => Responding::refused(
                Problem::internal("a layer took the extensions of its request away")
                    .about(&request.into_parts().0),
            ),
        };
        answer.map(Ok::<_, Infallible>)
    });
    BoxCloneSyncService::new(service.map_err(|never| match never {}))
}

/// What the endpoint answers through its layers. An error of one is a 500, by the host's rules.
pub(super) fn through<B>(layered: &Layered, routed: Routed, mut request: Request<B>) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let about = About::new(&request);
    let state = routed.app.state.clone();
    request.extensions_mut().insert(routed);
    let answer = layered.clone().oneshot(request.map(Body::boxed));
    Responding::boxed(answer.map(move |result| {
        result.unwrap_or_else(|error| {
            refuse(state.problems().apply(Problem::from(error)).about(about))
        })
    }))
}
