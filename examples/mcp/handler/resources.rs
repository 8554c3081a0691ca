//! The resources of the handler.

use hyperpoint_mcp::rmcp::ErrorData;
use serde_json::{Value, json};

use super::tools::pixel;

/// Returns the result of `resources/list`.
pub(super) fn list() -> Value {
    json!({ "resources": [
        {
            "uri": "test://static-text", "name": "Text", "description": "A text.",
            "mimeType": "text/plain",
        },
        {
            "uri": "test://static-binary", "name": "Image", "description": "An image.",
            "mimeType": "image/png",
        },
        {
            "uri": "test://watched-resource", "name": "Watched", "description": "May be watched.",
            "mimeType": "text/plain",
        },
    ] })
}

/// Returns the result of `resources/templates/list`.
pub(super) fn templates() -> Value {
    json!({ "resourceTemplates": [{
        "uriTemplate": "test://template/{id}/data", "name": "Data",
        "description": "The data of an id.", "mimeType": "application/json",
    }] })
}

/// Returns the result of `resources/read`.
pub(super) fn read(uri: &str) -> Result<Value, ErrorData> {
    let of_template =
        uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
    let content = match (uri, of_template) {
        ("test://static-text", _) => json!({
            "uri": uri, "mimeType": "text/plain",
            "text": "This is the content of the static text resource.",
        }),
        ("test://static-binary", _) => {
            json!({ "uri": uri, "mimeType": "image/png", "blob": pixel() })
        }
        ("test://watched-resource", _) => {
            json!({ "uri": uri, "mimeType": "text/plain", "text": "Nothing has changed." })
        }
        (_, Some(id)) => {
            let data = format!("Data for ID: {id}");
            let text = json!({ "id": id, "templateTest": true, "data": data }).to_string();
            json!({ "uri": uri, "mimeType": "application/json", "text": text })
        }
        _ => {
            return Err(ErrorData::resource_not_found(
                "Resource not found",
                Some(json!({ "uri": uri })),
            ));
        }
    };
    Ok(json!({ "contents": [content] }))
}
