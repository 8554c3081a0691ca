//! The request of a call to its endpoint.

use http::header::{
    ACCEPT, CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, StatusCode, Uri};
use hyperpoint_core::bind::Outgoing;
use hyperpoint_core::{Body, Problem, QueryToken};
use hyperpoint_host::Application;
use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::tool::Tool;

/// The headers that speak of one connection, and not of the client (RFC 9110 §7.6.1).
const OF_CONNECTION: [HeaderName; 6] =
    [CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The beginnings of the names of headers that speak of the message of the protocol, and not of the call.
const OF_MESSAGE: [&str; 6] = ["accept", "content-", "if-", "last-event-id", "mcp-", "range"];

/// Returns the request that calls the tool's endpoint with these arguments, for the caller and with its credentials.
///
/// # Errors
///
/// A 400 that names the argument at fault: one that the tool does not have, or that cannot be sent.
pub(crate) fn inner_request(
    application: &Application,
    tool: &Tool,
    mut arguments: Map<String, Value>,
    caller: Caller<'_>,
    accept: HeaderValue,
) -> Result<Request<Body>, Problem> {
    let call = &tool.call;
    let refused =
        |name: &str, reason: &str| Problem::new(StatusCode::BAD_REQUEST).error(name, reason);
    if let Some(name) = tool.unknown(&arguments) {
        return Err(refused(name, "is not an argument of this tool"));
    }
    let mut headers = own_headers(caller);
    for argument in &tool.header_arguments {
        let put = argument.put(&mut arguments, &mut headers);
        put.map_err(|reason| refused(&argument.name, reason))?;
    }
    let outgoing = Outgoing::planned((&call.method, &call.template), tool.plan(), arguments);
    let outgoing = outgoing.map_err(|invalid| refused(invalid.name(), invalid.reason()))?;
    let target: Uri = outgoing.target.parse().map_err(Problem::from)?;
    // A field of the query that is a credential of the endpoint.
    if let Some(name) = call.endpoint.config.access().query_token()
        && QueryToken::take(&mut target.clone(), name).is_some()
    {
        return Err(refused(name, "is not an argument of this tool"));
    }
    // An argument of the route may be a literal segment of another route, which is no tool.
    let reached = application.endpoint_template(&call.method, target.path());
    if reached.is_none_or(|reached| *reached != *call.template.as_str()) {
        return Err(Problem::new(StatusCode::NOT_FOUND));
    }
    let mut request = Request::new(Body::full(outgoing.body));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = target;
    *request.version_mut() = caller.request.version;
    headers.insert(ACCEPT, accept);
    headers.extend(outgoing.content_type.map(|content_type| (CONTENT_TYPE, content_type)));
    *request.headers_mut() = headers;
    let extensions = request.extensions_mut();
    if let Some(peer) = caller.peer {
        extensions.insert(peer);
    }
    if let Some(token) = caller.request.extensions.get::<QueryToken>() {
        extensions.insert(token.clone());
    }
    Ok(request)
}

/// Returns the headers of the client that a call has, too: its credentials above all.
fn own_headers(caller: Caller<'_>) -> HeaderMap {
    let is_own = |name: &HeaderName| {
        !OF_CONNECTION.contains(name)
            && !OF_MESSAGE.iter().any(|start| name.as_str().starts_with(start))
    };
    let sent = caller.request.headers.iter().filter(|(name, _)| is_own(name));
    let mut headers: HeaderMap = sent.map(|(name, value)| (name.clone(), value.clone())).collect();
    // On HTTP/2 the host is in the target.
    if let Some(authority) = caller.request.uri.authority()
        && !headers.contains_key(HOST)
        && let Ok(host) = HeaderValue::try_from(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    headers
}

/// Puts the trace of a message into the request of its call (MCP 2026-07-28, `_meta`).
pub(crate) fn continue_trace(request: &mut Request<Body>, meta: Option<&Value>) {
    for name in ["traceparent", "tracestate"] {
        let sent = meta.and_then(|meta| meta.get(name)).and_then(Value::as_str);
        if let Some(Ok(value)) = sent.map(HeaderValue::try_from) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}
