//! Responses and errors of JSON-RPC 2.0.

use http::StatusCode;
use serde_json::{Value, json};

/// Error code: the body is not JSON.
pub(crate) const PARSE_ERROR: i32 = -32700;
/// Error code: the JSON is not a valid request.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// Error code: the server does not support the method.
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
/// Error code: the parameters are invalid for the method.
pub(crate) const INVALID_PARAMS: i32 = -32602;
/// Error code: the server failed.
pub(crate) const INTERNAL_ERROR: i32 = -32603;
/// Error code: the session does not exist (MCP revisions before 2026-07-28). Other servers use the
/// same code.
pub(crate) const UNKNOWN_SESSION: i32 = -32001;
/// Error code: the resource does not exist (MCP revisions before 2026-07-28).
pub(crate) const RESOURCE_NOT_FOUND: i32 = -32002;
/// Error code: the client lacks a capability that the request requires (MCP 2026-07-28, Error
/// Codes).
pub(crate) const MISSING_CAPABILITY: i32 = -32021;
/// Error code: a header differs from the message (MCP 2026-07-28, Error Codes).
pub(crate) const HEADER_MISMATCH: i32 = -32020;
/// Error code: the server does not support the request's protocol version (MCP 2026-07-28, Error
/// Codes).
pub(crate) const UNSUPPORTED_VERSION: i32 = -32022;

/// An error of the protocol, with the status of the HTTP response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RpcError {
    pub(crate) code: i32,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
    pub(crate) status: StatusCode,
}

impl RpcError {
    /// Creates an error that is sent with status 200.
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None, status: StatusCode::OK }
    }

    /// Creates an error that is sent with status 400.
    pub(crate) fn bad_request(code: i32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, ..Self::new(code, message) }
    }

    /// Reads the `error` of a handler's response. A missing or invalid code becomes
    /// [`INTERNAL_ERROR`].
    pub(crate) fn read(error: &Value) -> Self {
        let code = error.get("code").and_then(Value::as_i64);
        let code = code.and_then(|code| i32::try_from(code).ok()).unwrap_or(INTERNAL_ERROR);
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        Self { data: error.get("data").cloned(), ..Self::new(code, message) }
    }

    /// Returns the error response to the request with this id, which is null if the id is unknown.
    pub(crate) fn response(&self, id: &Value) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(data), Some(error)) = (&self.data, error.as_object_mut()) {
            error.insert("data".to_owned(), data.clone());
        }
        json!({ "jsonrpc": "2.0", "id": id, "error": error })
    }
}

/// Returns the response to the request with this id, with this result.
pub(crate) fn response(id: &Value, result: Value) -> Value {
    // `json!` would copy the result.
    let mut message = json!({ "jsonrpc": "2.0", "id": id });
    if let Some(members) = message.as_object_mut() {
        members.insert("result".to_owned(), result);
    }
    message
}

/// Returns the notification with this method and these parameters.
pub(crate) fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}
