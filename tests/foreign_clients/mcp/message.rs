//! Messages of JSON-RPC.

use hyperpoint::prelude::*;
use serde_json::{Value, json};

pub(super) const METHOD_NOT_FOUND: i32 = -32601;
pub(super) const INVALID_PARAMS: i32 = -32602;
/// A header says something else than the message (MCP 2026-07-28).
pub(super) const HEADER_MISMATCH: i32 = -32020;

/// A request, or a notification, which has no id.
#[derive(Clone, Deserialize, JsonSchema)]
pub(super) struct Message {
    pub(super) id: Option<Value>,
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
}

impl Message {
    /// Returns whether the client speaks a version without sessions (2026-07-28).
    pub(super) fn is_stateless(&self) -> bool {
        self.params["_meta"]["io.modelcontextprotocol/protocolVersion"].is_string()
    }
}

pub(super) fn result(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

pub(super) fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

pub(super) fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}
