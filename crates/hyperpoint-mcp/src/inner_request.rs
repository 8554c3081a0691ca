//! Builds the request that a call sends to its endpoint.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Request, StatusCode, Uri};
use hyperpoint_core::bind::Outgoing;
use hyperpoint_core::{Body, Problem, QueryToken};
use hyperpoint_host::Application;
use serde_json::Map;

use crate::arguments::Arguments;
use crate::call_request::Meta;
use crate::caller::Caller;
use crate::json::text;
use crate::tool::Tool;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Returns the request to the tool's endpoint, with these arguments and the credentials of the
/// caller.
///
/// # Errors
///
/// A 400 that names the offending argument, if the tool does not have the argument or its value
/// cannot be sent. A 404 if the path with the arguments does not match the tool's route.
pub(crate) fn inner_request(
    application: &Application,
    tool: &Tool,
    mut arguments: Arguments<'_>,
    caller: Caller<'_>,
    accept: HeaderValue,
) -> Result<Request<Body>, Problem> {
    let call = &tool.call;
    if let Some(name) = tool.unknown(&arguments) {
        return Err(refused(name, "is not an argument of this tool"));
    }
    let mut headers = own_headers(caller);
    for argument in &tool.header_arguments {
        let put = argument.put(&mut arguments, &mut headers);
        put.map_err(|reason| refused(&argument.name, reason))?;
    }
    let (target, content_type, body) = match &tool.target {
        Some(target) => (target.clone(), Some(JSON), arguments.body_without(&[])),
        None => planned(application, tool, arguments)?,
    };
    let mut request = Request::new(Body::full(body));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = target;
    *request.version_mut() = caller.request.version;
    headers.insert(ACCEPT, accept);
    headers.extend(content_type.map(|content_type| (CONTENT_TYPE, content_type)));
    *request.headers_mut() = headers;
    if let Some(token) = caller.request.extensions.get::<QueryToken>() {
        request.extensions_mut().insert(token.clone());
    }
    Ok(request)
}

fn refused(name: &str, reason: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).error(name, reason)
}

/// Returns the target, the content type and the body of a call with arguments outside the JSON
/// body.
fn planned(
    application: &Application,
    tool: &Tool,
    arguments: Arguments<'_>,
) -> Result<(Uri, Option<HeaderValue>, Bytes), Problem> {
    let call = &tool.call;
    let (target, content_type, body) = match with_path(tool, &arguments) {
        Some((path, body)) => (path, Some(JSON), body),
        None => with_values(tool, arguments)?,
    };
    let target = Uri::try_from(target).map_err(Problem::from)?;
    // An argument must not set the query field that carries the endpoint's credentials.
    if let Some(name) = call.endpoint.config.access().query_token()
        && QueryToken::take(&mut target.clone(), name).is_some()
    {
        return Err(refused(name, "is not an argument of this tool"));
    }
    // A route argument may equal a literal segment of another route, whose endpoint may not be a
    // tool.
    let reached = application.endpoint_template(&call.method, target.path());
    if reached.is_none_or(|reached| *reached != *call.template.as_str()) {
        return Err(Problem::new(StatusCode::NOT_FOUND));
    }
    Ok((target, content_type, body))
}

/// Returns the path and the body of a call whose arguments outside the body are all strings or
/// non-negative integers in the route. Returns `None` for other calls and for invalid arguments,
/// for which [`with_values`] returns the result or the error.
fn with_path(tool: &Tool, arguments: &Arguments<'_>) -> Option<(String, Bytes)> {
    let names = tool.outside_body.as_ref()?;
    let template = &tool.call.template;
    if names.len() > template.params().len() {
        return None;
    }
    let segment = |name: &str| {
        let value = arguments.get(name)?;
        let is_integer = value.get().bytes().all(|byte| byte.is_ascii_digit());
        if is_integer { Some(value.get().into()) } else { text(value) }
    };
    Some((Outgoing::path(template, segment)?, arguments.body_without(names)))
}

/// Returns the target, the content type and the body of a call with arbitrary arguments.
fn with_values(
    tool: &Tool,
    mut arguments: Arguments<'_>,
) -> Result<(String, Option<HeaderValue>, Bytes), Problem> {
    let call = &tool.call;
    let values = match &tool.outside_body {
        Some(names) => {
            let mut values = Map::new();
            for name in names {
                values.extend(arguments.take(name).map(|value| (name.clone(), value)));
            }
            values
        }
        None => arguments.values(),
    };
    let outgoing = Outgoing::planned((&call.method, &call.template), &call.plan, values);
    let outgoing = outgoing.map_err(|invalid| refused(invalid.name(), invalid.reason()))?;
    Ok(match &tool.outside_body {
        Some(_) => (outgoing.target, Some(JSON), arguments.body_without(&[])),
        None => (outgoing.target, outgoing.content_type, outgoing.body),
    })
}

/// Returns the headers of the client's request that the call sends too, such as its credentials.
fn own_headers(caller: Caller<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6);
    for (name, value) in caller.request.headers.iter().filter(|(name, _)| is_own(name.as_str())) {
        headers.append(name, value.clone());
    }
    // In HTTP/2, the host is in the request target (`:authority`).
    if let Some(authority) = caller.request.uri.authority()
        && !headers.contains_key(HOST)
        && let Ok(host) = HeaderValue::try_from(authority.as_str())
    {
        headers.insert(HOST, host);
    }
    headers
}

/// Returns whether a header describes the client, and not the connection (RFC 9110 §7.6.1) or the
/// protocol message.
fn is_own(name: &str) -> bool {
    match name.as_bytes().first() {
        Some(b'a') => !name.starts_with("accept"),
        Some(b'c') => !name.starts_with("content-") && name != "connection",
        Some(b'e') => name != "expect",
        Some(b'i') => !name.starts_with("if-"),
        Some(b'l') => !name.starts_with("last-event-id"),
        Some(b'm') => !name.starts_with("mcp-"),
        Some(b'r') => !name.starts_with("range"),
        Some(b't') => !["te", "trailer", "transfer-encoding"].contains(&name),
        Some(b'u') => name != "upgrade",
        _ => true,
    }
}

/// Copies the trace context of a message to the headers of the call's request (MCP 2026-07-28,
/// `_meta`).
pub(crate) fn continue_trace(request: &mut Request<Body>, meta: &Meta<'_>) {
    for (name, sent) in [("traceparent", meta.traceparent), ("tracestate", meta.tracestate)] {
        let sent = sent.and_then(text);
        if let Some(Ok(value)) = sent.map(|sent| HeaderValue::from_str(&sent)) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}
