//! The steps that process one request, in order, and the refusals of each step. The module
//! `mounted` processes requests to mounted services, and `opening` requests whose handler may open
//! a stream.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::ACCESS_CONTROL_REQUEST_METHOD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, request};
use http_body::Body as HttpBody;
use hyperpoint_core::accept::asks_for_events;
use hyperpoint_core::config::{AllowedNames, Layered};
use hyperpoint_core::endpoint::Call;
use hyperpoint_core::exchange::{Exchange, HandlerFuture, detach};
use hyperpoint_core::problem::ErrorFormat;
use hyperpoint_core::request_body::{BodyLimits, RequestBody};
use hyperpoint_core::response_body::Answering;
use hyperpoint_core::{Body, Identity, Peer, Problem, StreamKind};
use hyperpoint_sse::stream::reconnect;
use tower::service_fn;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service;

use super::accept::accepts_events;
use super::app::App;
use super::layering::{self, Routed, Target, through};
use super::mounted::answer_mounted;
use super::opening::{STOPPING_RETRY, handle_by_request, note_refusal, stopping};
use super::query_token::keep_own_query_token;
use super::renewal::renewed;
use super::responding::Responding;
use super::revoked::until_revoked;
use crate::authorization::{Refused, admit};
use crate::limits::{OverLimit, Permit};
use crate::routing::{Found, MountedService, Route};
use crate::telemetry::RequestRecord;

type BoxError = Box<dyn Error + Send + Sync>;

/// Processes a request in these steps: find, check the host and the origin, limit, authenticate,
/// authorize, and the endpoint's own bind, validate and handle. Refusals are returned as responses.
#[inline]
pub(super) fn serve<B>(app: &Arc<App>, request: Request<B>, peer: Option<Peer>) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (found, cors) = find(app, &request);
    if let Some(names) = allowed_names(app, &found)
        && let Err(problem) = names.check(request.uri(), request.headers())
    {
        let problem = problem.about(&request.into_parts().0);
        return Responding::refused(format_of(app, &found), problem);
    }
    match (found, cors) {
        (found, None) => respond(app, found, request, peer),
        // CORS wraps authentication and the layers, so that a preflight needs no authentication,
        // and a script can also read refusals.
        (found, Some(cors)) => {
            let format = format_of(app, &found);
            let inner_app = Arc::clone(app);
            let inner = service_fn(move |request| {
                let found = find(&inner_app, &request).0;
                respond(&inner_app, found, request, peer).map(Ok::<_, Infallible>)
            });
            let answer = cors.layer(inner).call(request);
            Responding::boxed(format, answer.map(|Ok(response)| response))
        }
    }
}

/// Returns the look-up result of the request, and the CORS rules that apply. For a preflight, the
/// rules of the method in `Access-Control-Request-Method` apply; for any other OPTIONS request, no
/// rules.
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

/// Returns the CORS rules that apply to a look-up result, or `None` if no rules are set.
fn rules<'a>(app: &'a App, found: &Found<'a>) -> Option<&'a CorsLayer> {
    match found {
        Found::Endpoint(route, _) => route.cors.as_ref(),
        Found::Service(service) => service.cors.as_ref(),
        Found::Options(_) | Found::Refused(_) => app.cors.as_ref(),
    }
}

/// Returns the allowed hosts and origins for a look-up result, or `None` if all are allowed.
#[inline]
fn allowed_names<'a>(app: &'a App, found: &Found<'a>) -> Option<&'a AllowedNames> {
    match found {
        Found::Endpoint(route, _) => route.allowed_names.as_deref(),
        Found::Service(service) => service.allowed_names.as_deref(),
        Found::Options(_) | Found::Refused(_) => app.allowed_names.as_deref(),
    }
}

/// Returns the format of refusals that applies to a look-up result.
fn format_of<'a>(app: &'a App, found: &Found<'a>) -> &'a ErrorFormat {
    match found {
        Found::Endpoint(route, _) => &route.error_format,
        Found::Service(service) => &service.error_format,
        Found::Options(_) | Found::Refused(_) => &app.error_format,
    }
}

/// Responds to a request after the look-up, through the layers of its endpoint or mounted service.
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
        Found::Service(service) => return respond_mounted(app, service, request, peer),
        Found::Options(allow) => return Responding::from(options(*allow)),
        Found::Refused(problem) => {
            let problem = problem.about(&request.into_parts().0);
            return Responding::refused(&app.error_format, problem);
        }
    };
    if app.telemetry.is_some()
        && let Some(record) = RequestRecord::of(request.extensions())
    {
        record.record_route(&route.template);
    }
    let answer = match &route.layered {
        None => answer(app, route, params, request, peer),
        Some(layered) => {
            let (app, route) = (Arc::clone(app), Arc::clone(route));
            through(layered, Routed { app, target: Target::Endpoint(route, params), peer }, request)
        }
    };
    match &route.response_headers {
        None => answer,
        Some(headers) => with_response_headers(answer, headers, &route.error_format),
    }
}

/// Responds to a request for a mounted service, through the service's layers.
fn respond_mounted<B>(
    app: &Arc<App>,
    service: &Arc<MountedService>,
    request: Request<B>,
    peer: Option<Peer>,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if let Some(record) = RequestRecord::of(request.extensions()) {
        record.record_route(&service.template);
    }
    let answer = match &service.layered {
        None => answer_mounted(app, service, request, peer),
        Some(layered) => {
            let target = Target::Service(Arc::clone(service));
            through(layered, Routed { app: Arc::clone(app), target, peer }, request)
        }
    };
    match &service.response_headers {
        None => answer,
        Some(headers) => with_response_headers(answer, headers, &service.error_format),
    }
}

/// Returns the innermost service under the layers of endpoints and mounted services, which checks
/// the request and passes it to its endpoint or service.
pub(crate) fn innermost(format: ErrorFormat) -> Layered {
    layering::innermost(format, |Routed { app, target, peer }, request| match target {
        Target::Endpoint(route, params) => answer(&app, &route, params, request, peer),
        Target::Service(service) => answer_mounted(&app, &service, request, peer),
    })
}

/// Runs the endpoint's checks and its handler.
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
        return Responding::refused(&route.error_format, problem.about(&parts));
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
    if route.error_format.is_set() {
        Exchange::set_error_format(&mut exchange, route.error_format.clone());
    }
    let call = Call {
        exchange,
        body: RequestBody::new(body, &route.body_limits),
        plan: Arc::clone(&route.plan),
        route: params,
        identity: Identity::anonymous(),
        peer,
    };
    // An open endpoint without schemes needs no authentication.
    if route.access.schemes.is_empty() && route.access.is_open {
        return handle(route, call);
    }
    let route = Arc::clone(route);
    let of_panic = route.error_format.clone();
    Responding::boxed(&of_panic, async move {
        match admit(&route.access, call.exchange.request(), peer).await {
            Ok(identity) => {
                if let Some(record) = RequestRecord::of(&call.exchange.request().extensions) {
                    record.record_user(identity.subject());
                }
                let known = identity.clone();
                let answer = handle(&route, Call { identity, ..call }).await;
                let answer = until_revoked(answer, &route.access, &known);
                renewed(answer, known.renewal().cloned())
            }
            Err(Refused::Problem(problem)) => {
                let problem = problem.about(call.exchange.request());
                Responding::refused(&route.error_format, problem).await
            }
            Err(Refused::OverLimit(over)) => {
                refuse_over(&route, over, call.exchange.request()).await
            }
        }
    })
}

/// Copies the head of a stream's request out of the connection's buffer, sets the stream kind, and
/// drops query tokens that the endpoint does not allow.
fn change_head(route: &Route, exchange: &mut Arc<Exchange>) {
    // The exchange is not shared yet.
    if let Some(head) = Exchange::request_mut(exchange) {
        if route.streams {
            detach(head);
        }
        keep_own_query_token(&route.access, head);
    }
    if route.streams {
        Exchange::set_stream_kind(exchange, route.stream_kind);
    }
}

/// Refuses a body whose announced length exceeds the limit, before any of it is read. If every
/// successful response is an event stream for `EventSource`, also refuses a client that does not
/// accept one.
fn within_limits(route: &Route, headers: &HeaderMap, announced: u64) -> Result<(), Problem> {
    let BodyLimits { bytes, .. } = route.body_limits;
    if announced > bytes as u64 {
        return Err(RequestBody::too_large(bytes));
    }
    if route.is_for_event_source() { accepts_events(headers) } else { Ok(()) }
}

/// Passes the request to its endpoint, unless the request is over a limit, or the endpoint always
/// responds with an event stream and the host is stopping.
fn handle(route: &Route, call: Call) -> Responding {
    let exchange = &call.exchange;
    if route.always_streams() && exchange.host().stopping().is_requested() {
        note_refusal(exchange.request(), "stopping");
        return refuse_stopping(route, exchange.request());
    }
    if let Some(limits) = &route.limits
        && let Err(over) = limits.check(exchange.request(), &call.identity, call.peer)
    {
        return refuse_over(route, over, exchange.request());
    }
    if route.is_by_request {
        return handle_by_request(route, call);
    }
    let exchange = Arc::clone(exchange);
    let Some(limits) = &route.limits else {
        let handler = Arc::clone(&route.endpoint).call(call);
        return Responding::Handling(Answering::new(exchange, handler));
    };
    match limits.open_stream(&call.identity, call.peer) {
        Err(over) => refuse_over(route, over, exchange.request()),
        Ok(permits) => {
            let handler = with_permits(permits, Arc::clone(&route.endpoint).call(call));
            Responding::Handling(Answering::new(exchange, handler))
        }
    }
}

/// Responds to a request for an event stream while the host is stopping: for `EventSource` with a
/// 200 and a `retry`, because browsers do not reconnect after an error status, otherwise with a
/// 503.
fn refuse_stopping(route: &Route, request: &request::Parts) -> Responding {
    if route.is_for_event_source() {
        return Responding::from(reconnect(STOPPING_RETRY).map(Body::boxed));
    }
    Responding::refused(&route.error_format, stopping().about(request))
}

/// Responds to a request that is over a limit: with a 429, or for `EventSource` with a 200 and a
/// `retry`.
fn refuse_over(route: &Route, over: OverLimit, request: &request::Parts) -> Responding {
    note_refusal(request, "over_limit");
    let is_by_request = route.is_by_request && route.stream_kind == StreamKind::ForEventSource;
    let would_stream = is_by_request && asks_for_events(&request.headers);
    match route.is_for_event_source() || would_stream {
        true => Responding::from(reconnect(over.wait).map(Body::boxed)),
        false => Responding::refused(&route.error_format, over.into_problem().about(request)),
    }
}

/// Keeps the permits until the handler has finished or is dropped.
fn with_permits(permits: Vec<Permit>, handler: HandlerFuture) -> HandlerFuture {
    if permits.is_empty() {
        return handler;
    }
    Box::pin(async move {
        let result = handler.await;
        drop(permits);
        result
    })
}

/// Adds the fixed response headers of an endpoint or a mounted service to the response.
fn with_response_headers(
    answer: Responding,
    headers: &Arc<[(HeaderName, HeaderValue)]>,
    format: &ErrorFormat,
) -> Responding {
    let headers = Arc::clone(headers);
    let answer = answer.map(move |mut answer| {
        for (name, value) in &*headers {
            answer.headers_mut().append(name.clone(), value.clone());
        }
        answer
    });
    Responding::boxed(format, answer)
}

/// Responds to OPTIONS with the allowed methods.
fn options(headers: HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}
