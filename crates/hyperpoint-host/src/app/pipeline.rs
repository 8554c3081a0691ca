//! One request, top to bottom. Every early return of the host stands here.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, request};
use http_body::Body as HttpBody;
use hyperpoint_core::config::Layered;
use hyperpoint_core::endpoint::Call;
use hyperpoint_core::exchange::{
    Answering, BodyLimits, Exchange, HandlerFuture, RequestBody, detach, reconnect,
};
use hyperpoint_core::{Body, Identity, Peer, Problem};
use tower::service_fn;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service;

use super::accept::accepts_events;
use super::access::{Refused, admit};
use super::app::App;
use super::layering::{self, Routed, through};
use super::query_token::keep_own_query_token;
use super::renewal::renewed;
use super::responding::Responding;
use super::revoked::until_revoked;
use crate::limits::{OverLimit, Permit};
use crate::observing::Seen;
use crate::routing::{Found, Route};

type BoxError = Box<dyn Error + Send + Sync>;

/// When a client is to come back whose stream a host that stops does not take.
const STOPPING_RETRY: Duration = Duration::from_millis(2500);

/// Answers a request: find, limit, authenticate, authorise, and the endpoint's own bind, validate
/// and handle. A refusal is an answer like any other.
pub(super) fn serve<B>(app: &Arc<App>, request: Request<B>, peer: Option<Peer>) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    match find(app, &request) {
        (found, None) => respond(app, found, request, peer),
        // The cross-origin rules are outermost: a preflight needs no user, and a script may read a
        // refusal too.
        (_, Some(cors)) => {
            let inner_app = Arc::clone(app);
            let inner = service_fn(move |request| {
                let found = find(&inner_app, &request).0;
                respond(&inner_app, found, request, peer).map(Ok::<_, Infallible>)
            });
            let answer = cors.layer(inner).call(request);
            Responding::boxed(answer.map(|Ok(response)| response))
        }
    }
}

/// What the request asks for, and the cross-origin rules that hold there. A preflight asks for the
/// method that it announces; an ordinary OPTIONS has no rules to obey.
fn find<'a, B>(app: &'a App, request: &Request<B>) -> (Found<'a>, Option<&'a CorsLayer>) {
    let (method, path) = (request.method(), request.uri().path());
    if method != Method::OPTIONS {
        let found = app.routes.find(method, path);
        let cors = rules(app, &found);
        return (found, cors);
    }
    let announced = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
    let announced = announced.and_then(|value| Method::from_bytes(value.as_bytes()).ok());
    let cors = announced.and_then(|announced| rules(app, &app.routes.find(&announced, path)));
    (app.routes.find(method, path), cors)
}

fn rules<'a>(app: &'a App, found: &Found<'a>) -> Option<&'a CorsLayer> {
    match found {
        Found::Endpoint(route, _) => route.cors.as_ref(),
        Found::Options(_) | Found::Refused(_) => app.cors.as_ref(),
    }
}

#[inline]
fn respond<B>(
    app: &Arc<App>,
    found: Found<'_>,
    request: Request<B>,
    peer: Option<Peer>,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (route, params) = match found {
        Found::Endpoint(route, params) => (route, params),
        Found::Options(allow) => return Responding::from(options(*allow)),
        Found::Refused(problem) => {
            return Responding::refused(problem.about(&request.into_parts().0));
        }
    };
    if app.observing.is_some()
        && let Some(seen) = Seen::of(request.extensions())
    {
        seen.found(&route.template);
    }
    let answer = match &route.layered {
        None => answer(app, route, params, request, peer),
        Some(layered) => {
            let (app, route) = (Arc::clone(app), Arc::clone(route));
            through(layered, Routed { app, route, params, peer }, request)
        }
    };
    match &route.notices {
        None => answer,
        Some(notices) => {
            let notices = Arc::clone(notices);
            Responding::boxed(answer.map(move |answer| noticed(answer, &notices)))
        }
    }
}

/// What the layers of endpoints are put around: the rest of this file.
pub(crate) fn innermost() -> Layered {
    layering::innermost(|Routed { app, route, params, peer }, request| {
        answer(&app, &route, params, request, peer)
    })
}

/// What the endpoint answers, or why it does not.
#[inline]
fn answer<B>(
    app: &Arc<App>,
    route: &Arc<Route>,
    params: Vec<String>,
    request: Request<B>,
    peer: Option<Peer>,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    if let Err(problem) = within_limits(route, &parts.headers, body.size_hint().lower()) {
        return Responding::refused(problem.about(&parts));
    }
    if let Some(limits) = &route.limits
        && let Err(over) = limits.check_early(&parts, peer)
    {
        return refuse_over(route, over, &parts);
    }
    let mut exchange = Exchange::new(app.state.clone(), parts);
    if route.streams || app.routes.takes_query_tokens {
        change_head(route, &mut exchange);
    }
    let call = Call {
        exchange,
        body: RequestBody::new(body, &route.body_limits),
        plan: Arc::clone(&route.plan),
        route: params,
        identity: Identity::anonymous(),
        peer,
    };
    // Without a scheme no user can be known.
    if route.access.schemes.is_empty() && route.access.is_open {
        return handle(route, call);
    }
    let route = Arc::clone(route);
    Responding::boxed(async move {
        match admit(&route.access, call.exchange.request(), peer).await {
            Ok(identity) => {
                if let Some(seen) = Seen::of(&call.exchange.request().extensions) {
                    seen.admitted(identity.subject());
                }
                let known = identity.clone();
                let answer = handle(&route, Call { identity, ..call }).await;
                let answer = until_revoked(answer, &route.access, &known);
                renewed(answer, known.renewal().cloned())
            }
            Err(Refused::Problem(problem)) => {
                Responding::refused(problem.about(call.exchange.request())).await
            }
            Err(Refused::OverLimit(over)) => {
                refuse_over(&route, over, call.exchange.request()).await
            }
        }
    })
}

/// Frees the head of a stream's request from the connection, and any head from what it must not tell.
fn change_head(route: &Route, exchange: &mut Arc<Exchange>) {
    // Nobody shares it yet.
    if let Some(head) = Exchange::request_mut(exchange) {
        if route.streams {
            detach(head);
        }
        keep_own_query_token(route, head);
    }
}

/// Refuses a body by the length that it announces, so that none of it is sent, and a client that
/// does not take what the endpoint answers.
fn within_limits(route: &Route, headers: &HeaderMap, announced: u64) -> Result<(), Problem> {
    let BodyLimits { bytes, .. } = route.body_limits;
    if announced > bytes as u64 {
        return Err(RequestBody::too_large(bytes));
    }
    if route.streams { accepts_events(headers) } else { Ok(()) }
}

/// Hands the request to its endpoint, where bind, validate and handle are one future; unless it is
/// over a limit, or opens a stream while the host stops.
fn handle(route: &Route, call: Call) -> Responding {
    let exchange = Arc::clone(&call.exchange);
    if route.streams && exchange.host().stopping().is_requested() {
        note_refusal(exchange.request(), "stopping");
        return Responding::from(reconnect(STOPPING_RETRY));
    }
    let Some(limits) = &route.limits else {
        let handler = Arc::clone(&route.endpoint).call(call);
        return Responding::Handling(Answering::new(exchange, handler));
    };
    match limits.check(exchange.request(), &call.identity, call.peer) {
        Err(over) => refuse_over(route, over, exchange.request()),
        Ok(permits) => {
            let handler = held(permits, Arc::clone(&route.endpoint).call(call));
            Responding::Handling(Answering::new(exchange, handler))
        }
    }
}

/// A browser whose event stream is refused by its status never comes back.
fn refuse_over(route: &Route, over: OverLimit, request: &request::Parts) -> Responding {
    note_refusal(request, "over_limit");
    match route.streams {
        true => Responding::from(reconnect(over.wait)),
        false => Responding::refused(over.into_problem().about(request)),
    }
}

/// Tells whoever looks on why there is no answer of the endpoint. An event stream is refused by 200.
fn note_refusal(request: &request::Parts, reason: &'static str) {
    if let Some(seen) = Seen::of(&request.extensions) {
        seen.refused(reason);
    }
}

/// The handler with what is to live as long.
fn held(permits: Vec<Permit>, handler: HandlerFuture) -> HandlerFuture {
    if permits.is_empty() {
        return handler;
    }
    Box::pin(async move {
        let result = handler.await;
        drop(permits);
        result
    })
}

/// The answer with the headers that every answer of its endpoint has.
fn noticed(mut answer: Response<Body>, notices: &[(HeaderName, HeaderValue)]) -> Response<Body> {
    for (name, value) in notices {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    answer
}

fn options(allow: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allow);
    response
}
