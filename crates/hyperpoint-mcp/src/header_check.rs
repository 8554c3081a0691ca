//! The headers of a message: by which revision it is answered, and whether they agree with it.

use http::StatusCode;
use http::header::HeaderName;
use serde_json::json;

use crate::caller::Caller;
use crate::name_value::decoded;
use crate::request::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};
use crate::revision::{INITIALIZED, Revision, STATELESS, supported};
use crate::rpc::{HEADER_MISMATCH, INVALID_PARAMS, RpcError, UNSUPPORTED_VERSION};
use crate::stated::{Stated, Version};

/// The header of the revision.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// The header that repeats the method.
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// The header that repeats what the request is about.
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Returns the revision by whose rules a request is answered, once its headers agree with it.
///
/// # Errors
///
/// The refusal of a request whose headers and body disagree, that lacks what the revision asks for, or whose revision is
/// unknown (MCP 2026-07-28, Streamable HTTP, Server Validation).
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

/// Checks the headers that a request of an earlier revision does not need. If they are there, a proxy may have decided
/// by them.
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

/// Checks the fields that every request has (MCP 2026-07-28, `_meta`). Returns the version.
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

/// Returns the error of a header that disagrees with the body.
pub(crate) fn mismatch(text: &str) -> RpcError {
    RpcError::bad_request(HEADER_MISMATCH, format!("Header mismatch: {text}"))
}

/// Returns the error of an unknown revision.
pub(crate) fn unsupported(requested: &str) -> RpcError {
    RpcError {
        code: UNSUPPORTED_VERSION,
        message: "Unsupported protocol version".to_owned(),
        data: Some(json!({ "supported": supported(), "requested": requested })),
        status: StatusCode::BAD_REQUEST,
    }
}
