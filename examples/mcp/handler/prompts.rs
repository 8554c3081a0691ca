//! The prompts of the handler.

use hyperpoint_mcp::rmcp::ErrorData;
use serde_json::{Map, Value, json};

use super::tools::pixel;

/// Returns the result of `prompts/list`.
pub(super) fn list() -> Value {
    let argument = |name: &str| json!({ "name": name, "description": name, "required": true });
    json!({ "prompts": [
        { "name": "test_simple_prompt", "description": "A simple prompt." },
        {
            "name": "test_prompt_with_arguments", "description": "A prompt with arguments.",
            "arguments": [argument("arg1"), argument("arg2")],
        },
        {
            "name": "test_prompt_with_embedded_resource", "description": "A prompt with a resource.",
            "arguments": [argument("resourceUri")],
        },
        { "name": "test_prompt_with_image", "description": "A prompt with an image." },
        { "name": "test_input_required_result_prompt", "description": "A prompt that asks." },
    ] })
}

/// Returns the result of `prompts/get`.
pub(super) fn get(name: &str, arguments: &Map<String, Value>) -> Result<Value, ErrorData> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = |text: &str| json!({ "type": "text", "text": text });
    let contents = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let (one, other) = (argument("arg1"), argument("arg2"));
            vec![text(&format!("Prompt with arguments: arg1='{one}', arg2='{other}'"))]
        }
        "test_prompt_with_embedded_resource" => {
            let resource = json!({
                "uri": argument("resourceUri"), "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            });
            vec![
                json!({ "type": "resource", "resource": resource }),
                text("Please process the embedded resource above."),
            ]
        }
        "test_prompt_with_image" => vec![
            json!({ "type": "image", "data": pixel(), "mimeType": "image/png" }),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => vec![text("The prompt with your context.")],
        _ => return Err(ErrorData::invalid_params(format!("Unknown prompt: {name}"), None)),
    };
    let messages =
        contents.into_iter().map(|content| json!({ "role": "user", "content": content }));
    Ok(json!({ "messages": messages.collect::<Vec<_>>() }))
}
