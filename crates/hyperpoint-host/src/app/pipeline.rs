//! One request, top to bottom. Every early return of the host stands here.

use std::convert::Infallible;
use std::error::Error;
use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, request};
use http_body::Body as HttpBody;
use hyperpoint_core::endpoint::Call;
use hyperpoint_core::exchange::{Answering, BodyLimits, Exchange, RequestBody};
use hyperpoint_core::{Body, Peer, Problem};
use tower::service_fn;
use tower_layer::Layer;
use tower_service::Service;

use super::accept::accepts_events;
use super::access::{authenticate, authorise};
use super::app::App;
use crate::routing::{Found, Route};

/// Answers a request. A refusal is an answer like any other; a panic is a 500.
pub(super) async fn serve<B>(app: &App, request: Request<B>, peer: Option<Peer>) -> Response<Body>
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (found, cors) = find(app, &request);
    // The cross-origin rules are outermost: a preflight needs no user, and a script may read a
    // refusal too.
    let Some(cors) = cors else {
        return respond(app, found, request, peer).await;
    };
    let inner = service_fn(|request| {
        let found = find(app, &request).0;
        async move { Ok::<_, Infallible>(respond(app, found, request, peer).await) }
    });
    let Ok(response) = cors.layer(inner).call(request).await;
    response
}

/// What the request asks for, and the cross-origin rules that hold there. A preflight asks for the
/// method that it announces; an ordinary OPTIONS has no rules to obey.
fn find<'a, B>(
    app: &'a App,
    request: &Request<B>,
) -> (Found<'a>, Option<&'a tower_http::cors::CorsLayer>) {
    let path = request.uri().path();
    let mut method = request.method();
    let announced;
    if method == Method::OPTIONS {
        let header = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
        let parsed = header.and_then(|value| Method::from_bytes(value.as_bytes()).ok());
        match parsed {
            Some(parsed) => announced = parsed,
            None => return (app.routes.find(method, path), None),
        }
        method = &announced;
    }
    let found = app.routes.find(method, path);
    let cors = match &found {
        Found::Endpoint(route, _) => route.cors.as_ref(),
        Found::Options(_) | Found::Refused(_) => app.cors.as_ref(),
    };
    if cors.is_none() && request.method() == Method::OPTIONS {
        return (app.routes.find(request.method(), path), None);
    }
    (found, cors)
}

async fn respond<B>(
    app: &App,
    found: Found<'_>,
    request: Request<B>,
    peer: Option<Peer>,
) -> Response<Body>
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (route, params) = match found {
        Found::Endpoint(route, params) => (route, params),
        Found::Options(allow) => return options(allow),
        Found::Refused(problem) => return refuse(problem.about(&request.into_parts().0)),
    };
    let (parts, body) = request.into_parts();
    let identity = match admit(app, route, &parts).await {
        Ok(identity) => identity,
        Err(problem) => return refuse(problem.about(&parts)),
    };
    let exchange = Exchange::new(app.state.clone(), parts.method == Method::HEAD);
    let handler = std::sync::Arc::clone(&route.endpoint).call(Call {
        parts,
        body: RequestBody::new(body, route.body_limits),
        route: params,
        plan: std::sync::Arc::clone(&route.plan),
        identity,
        peer,
        exchange: std::sync::Arc::clone(&exchange),
    });
    match Answering::new(exchange, handler).await {
        Ok(response) => response,
        Err(problem) => refuse(problem),
    }
}

/// Everything that is asked of a request before its body is read: limit, authenticate, authorise.
async fn admit(
    app: &App,
    route: &Route,
    request: &request::Parts,
) -> Result<hyperpoint_core::Identity, Problem> {
    within_limits(&request.headers, route.body_limits)?;
    if route.streams {
        accepts_events(&request.headers)?;
    }
    let work = AssertUnwindSafe(authenticate(&app.schemes, request)).catch_unwind();
    let panicked = |_| Err(Problem::internal("an authentication scheme panicked"));
    let identity = work.await.unwrap_or_else(panicked)?;
    authorise(&route.access, &identity, &app.schemes)?;
    Ok(identity)
}

/// Refuses a body by the length that it announces, so that none of it is sent.
fn within_limits(headers: &HeaderMap, limits: BodyLimits) -> Result<(), Problem> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match announced.and_then(|value| value.parse::<u64>().ok()) {
        Some(length) if length > limits.bytes as u64 => Err(RequestBody::too_large(limits.bytes)),
        _ => Ok(()),
    }
}

fn options(allow: &HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allow.clone());
    response
}

/// A problem as the answer, told to the log.
pub(crate) fn refuse(problem: Problem) -> Response<Body> {
    problem.log();
    problem.into_response().map(|json: Bytes| Body::full(json))
}
