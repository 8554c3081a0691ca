//! Questions to the client on the stream of a call, before 2026-07-28.

use hyperpoint_mcp::rmcp::model::{CallToolResponse, ServerRequest};
use hyperpoint_mcp::rmcp::service::RequestContext;
use hyperpoint_mcp::rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::json::{of, text};

/// Asks the client for a reply of its language model.
pub(super) async fn sample(
    prompt: &str,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let messages = json!([{ "role": "user", "content": { "type": "text", "text": prompt } }]);
    let params = json!({ "messages": messages, "maxTokens": 100 });
    let answer = ask("sampling/createMessage", params, context).await?;
    let said = answer.pointer("/content/text").and_then(Value::as_str).unwrap_or_default();
    text(&format!("LLM response: {said}"))
}

/// Asks the user for the fields of a schema.
pub(super) async fn elicit(
    message: &str,
    schema: Value,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
    let answer = ask("elicitation/create", params, context).await?;
    let member = |name: &str| answer.get(name).cloned().unwrap_or_default();
    let (action, entered) = (member("action"), member("content"));
    text(&format!("Elicitation completed: action={action}, content={entered}"))
}

async fn ask(
    method: &str,
    params: Value,
    context: &RequestContext<RoleServer>,
) -> Result<Value, ErrorData> {
    let request: ServerRequest = of(json!({ "method": method, "params": params }))?;
    let answer = context.peer.send_request(request).await;
    let failed = |error: String| ErrorData::internal_error(error, None);
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    serde_json::to_value(answer).map_err(|error| failed(error.to_string()))
}

/// Returns the schema for a name and an address.
pub(super) fn contact() -> Value {
    json!({
        "type": "object",
        "properties": {
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        },
        "required": ["username", "email"],
    })
}

/// Returns a schema with defaults of each type.
pub(super) fn defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": {
                "type": "string", "enum": ["active", "inactive", "pending"], "default": "active",
            },
            "verified": { "type": "boolean", "default": true },
        },
        "required": [],
    })
}

/// Returns a schema with choices of each kind.
pub(super) fn choices() -> Value {
    let titled = |first: &str| {
        json!([
            { "const": "value1", "title": format!("First {first}") },
            { "const": "value2", "title": format!("Second {first}") },
            { "const": "value3", "title": format!("Third {first}") },
        ])
    };
    let plain = json!(["option1", "option2", "option3"]);
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": plain },
            "titledSingle": { "type": "string", "oneOf": titled("Option") },
            "legacyEnum": {
                "type": "string", "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
        },
        "required": [],
    })
}
