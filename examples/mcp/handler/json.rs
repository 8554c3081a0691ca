//! Converts JSON to types of the protocol.

use hyperpoint_mcp::rmcp::ErrorData;
use hyperpoint_mcp::rmcp::model::{CallToolResponse, CallToolResult};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Deserializes a type of the protocol from JSON.
pub(super) fn of<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value)
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// Returns the result of a tool with these contents.
pub(super) fn contents(contents: &Value) -> Result<CallToolResponse, ErrorData> {
    let result: CallToolResult = of(json!({ "content": contents }))?;
    Ok(result.into())
}

/// Returns the result of a tool with one text content.
pub(super) fn text(text: &str) -> Result<CallToolResponse, ErrorData> {
    contents(&json!([{ "type": "text", "text": text }]))
}
