//! Checks that the headers of a message agree with its body, and determines its revision.

use http::StatusCode;
use http::header::HeaderName;
use serde_json::json;

use crate::caller::Caller;
use crate::name_value::decoded;
use crate::request::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};
use crate::revision::{INITIALIZED, Revision, STATELESS, supported};
use crate::rpc::{HEADER_MISMATCH, INVALID_PARAMS, RpcError, UNSUPPORTED_VERSION};
use crate::stated::{Stated, Version};

/// The header with the protocol revision.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// The header that repeats the method.
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// The header that repeats the tool name, prompt name or resource URI of the request.
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Checks that the headers of a request agree with its body, and returns the revision of the
/// request.
///
/// # Errors
///
/// The error if headers and body disagree, a field that the revision requires is missing, or the
/// revision is not supported (MCP 2026-07-28, Streamable HTTP, Server Validation).
pub(crate) fn revision_of(request: &Stated<'_>, caller: &Caller<'_>) -> Result<Revision, RpcError> {
    let header = caller.header(&VERSION);
    let is_stated = request.version != Version::Absent;
    let is_initialized = match header {
        None => !caller.has(&VERSION),
        Some(header) => INITIALIZED.contains(&header),
    };
    if !is_stated && is_initialized {
        check_present(request, caller)?;
        return Ok(Revision::Initialized);
    }
    if !is_stated && header.is_some_and(|header| header != STATELESS) {
        return Err(unsupported(header.unwrap_or_default()));
    }
    let stated = check_meta(request)?;
    check_header(header, &VERSION, stated)?;
    if stated != STATELESS {
        return Err(unsupported(stated));
    }
    check_header(caller.header(&METHOD), &METHOD, request.method)?;
    if let Some(name) = request.name.as_deref() {
        let header = caller.header(&NAME).map(decoded);
        let header = header.ok_or_else(|| mismatch(&format!("the header `{NAME}` is missing")))?;
        check_header(header.as_deref(), &NAME, name)?;
    }
    Ok(Revision::Stateless)
}

/// Checks the headers that are optional before MCP 2026-07-28. A header that is present must agree
/// with the body, because a proxy may have used it.
fn check_present(request: &Stated<'_>, caller: &Caller<'_>) -> Result<(), RpcError> {
    if caller.has(&METHOD) {
        check_header(caller.header(&METHOD), &METHOD, request.method)?;
    }
    match request.name.as_deref() {
        Some(name) if caller.has(&NAME) => {
            check_header(caller.header(&NAME).and_then(decoded).as_deref(), &NAME, name)
        }
        _ => Ok(()),
    }
}

/// Checks the fields that every request must have in `_meta` (MCP 2026-07-28), and returns the
/// protocol version.
fn check_meta<'a>(request: &'a Stated<'_>) -> Result<&'a str, RpcError> {
    let missing = match &request.version {
        Version::Text(version) if request.has_capabilities => return Ok(version),
        Version::Text(_) => CLIENT_CAPABILITIES,
        Version::Absent | Version::Invalid => PROTOCOL_VERSION,
    };
    let text = format!("Invalid params: `_meta` needs `{missing}`");
    Err(RpcError::bad_request(INVALID_PARAMS, text))
}

fn check_header(header: Option<&str>, name: &HeaderName, expected: &str) -> Result<(), RpcError> {
    match header {
        Some(header) if header == expected => Ok(()),
        Some(_) => Err(mismatch(&format!("the header `{name}` differs from the body"))),
        None => Err(mismatch(&format!("the header `{name}` is missing, repeated or invalid"))),
    }
}

/// Returns the error for a header that disagrees with the body.
pub(crate) fn mismatch(text: &str) -> RpcError {
    RpcError::bad_request(HEADER_MISMATCH, format!("Header mismatch: {text}"))
}

/// Returns the error for a protocol revision that is not supported.
pub(crate) fn unsupported(requested: &str) -> RpcError {
    RpcError {
        code: UNSUPPORTED_VERSION,
        message: "Unsupported protocol version".to_owned(),
        data: Some(json!({ "supported": supported(), "requested": requested })),
        status: StatusCode::BAD_REQUEST,
    }
}
