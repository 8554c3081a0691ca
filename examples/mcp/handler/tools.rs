//! The tools of the handler.

use std::collections::BTreeMap;
use std::time::Duration;

use hyperpoint_mcp::rmcp::model::{CallToolRequestParams, CallToolResponse, ServerNotification};
use hyperpoint_mcp::rmcp::service::RequestContext;
use hyperpoint_mcp::rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::asking;
use super::json::{contents, of, text};
use super::rounds::{self, Round};

const NAMES: [&str; 20] = [
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_sampling",
    "test_elicitation",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_reconnection",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
    "test_trigger_tool_change",
];

/// Returns the result of `tools/list`.
pub(super) fn list() -> Value {
    let tool = |name: &&str| {
        json!({
            "name": name,
            "description": format!("The tool `{name}` of the conformance suites."),
            "inputSchema": { "type": "object" },
        })
    };
    json!({ "tools": NAMES.iter().map(tool).collect::<Vec<_>>() })
}

/// Returns the image of one pixel, in Base64.
pub(super) fn pixel() -> String {
    let digit = |bits: u32| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        digits.get((bits & 63) as usize).map_or('A', |digit| char::from(*digit))
    };
    let groups = crate::endpoints::PIXEL.chunks(3);
    groups
        .flat_map(|group| {
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            [18, 12, 6, 0].map(|shift| digit(bits >> shift))
        })
        .collect()
}

/// Calls a tool of the handler.
pub(super) async fn call(
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let capabilities = context.client_capabilities();
    let capabilities = serde_json::to_value(capabilities).unwrap_or_default();
    let none = BTreeMap::default();
    let round = Round {
        answers: request.input_responses.as_ref().unwrap_or(&none),
        state: request.request_state.as_deref(),
        capabilities,
    };
    if let Some(answer) = rounds::call(&request.name, &round) {
        return answer;
    }
    let arguments = request.arguments.unwrap_or_default();
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    match &*request.name {
        "test_embedded_resource" => contents(&json!([resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content."
        )])),
        "test_multiple_content_types" => contents(&json!([
            { "type": "text", "text": "Multiple content types test:" },
            { "type": "image", "data": pixel(), "mimeType": "image/png" },
            resource(
                "test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#
            ),
        ])),
        "test_tool_with_logging" | "test_logging_tool" => log(&context).await,
        "test_sampling" => asking::sample(argument("prompt"), &context).await,
        "test_elicitation" => {
            asking::elicit(argument("message"), asking::contact(), &context).await
        }
        "test_elicitation_sep1034_defaults" => {
            asking::elicit("Check the defaults", asking::defaults(), &context).await
        }
        "test_elicitation_sep1330_enums" => {
            asking::elicit("Choose", asking::choices(), &context).await
        }
        "test_missing_capability" if round.capabilities.get("sampling").is_none() => {
            let missing = of(json!({ "sampling": {} }))?;
            Err(ErrorData::missing_required_client_capability(missing))
        }
        "test_missing_capability" => text("the client can sample"),
        "test_streaming_elicitation" | "test_reconnection" | "test_trigger_tool_change" => {
            text("there is nothing to wait for")
        }
        name => Err(ErrorData::invalid_params(format!("Unknown tool: {name}"), None)),
    }
}

fn resource(uri: &str, mime_type: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime_type, "text": text } })
}

/// Sends log messages, unless a client of the revision 2026-07-28 did not request any.
async fn log(context: &RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
    let is_wanted = context.meta.protocol_version().is_none() || context.meta.log_level().is_some();
    let steps = ["Tool execution started", "Tool processing data", "Tool execution completed"];
    for step in steps.into_iter().filter(|_| is_wanted) {
        let params = json!({ "level": "info", "data": step });
        let notification: ServerNotification =
            of(json!({ "method": "notifications/message", "params": params }))?;
        // Ignores the error if the client has left.
        let _ = context.peer.send_notification(notification).await;
        sleep(Duration::from_millis(50)).await;
    }
    text("the steps are logged")
}
