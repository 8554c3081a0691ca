//! What `tools/list` says of a tool.

use serde_json::{Value, json};

use super::message::{ask, ask_initialized, ask_with, post};
use super::shop::{CLERK, CUSTOMER, shop};

fn names(result: &Value) -> Vec<&str> {
    result["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

fn tool<'r>(result: &'r Value, name: &str) -> &'r Value {
    result["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap()
}

#[tokio::test]
async fn each_caller_sees_the_tools_that_it_may_call() {
    let app = shop();
    let anonymous = ask(&app, "tools/list", json!({})).await;
    assert_eq!(names(anonymous.result()), ["greet"]);
    let of = async |key| {
        let request = post().header("x-api-key", key);
        ask_with(&app, request, "tools/list", json!({})).await
    };
    assert_eq!(names(of(CUSTOMER).await.result()), ["findOrder", "place_order", "greet"]);
    let clerk = of(CLERK).await;
    assert_eq!(names(clerk.result()), ["findOrder", "place_order", "cancel_order", "greet"]);
    let result = clerk.result();
    assert_eq!((&result["cacheScope"], &result["ttlMs"]), (&json!("private"), &json!(60_000)));
}

#[tokio::test]
async fn a_tool_is_described_by_its_endpoint() {
    let request = post().header("x-api-key", CLERK);
    let listed = ask_with(&shop(), request, "tools/list", json!({})).await;
    let line = json!({
        "type": "object",
        "properties": {
            "item": { "type": "string" },
            "quantity": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 },
        },
        "required": ["item", "quantity"],
    });
    assert_eq!(
        *tool(listed.result(), "findOrder"),
        json!({
            "name": "findOrder",
            "title": "Finds an order by its number",
            "description": "Finds an order by its number.\n\nCustomers find their own orders alone.",
            "inputSchema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": {
                    "id": {
                        "type": "integer", "format": "uint32", "minimum": 0,
                        "description": "The number of the order.",
                    },
                    "brief": {
                        "type": "boolean", "default": false,
                        "description": "Whether the lines are in the response.",
                    },
                },
                "required": ["id"],
                "additionalProperties": false,
            },
            "outputSchema": {
                "type": "object",
                "properties": {
                    "id": {
                        "type": "integer", "format": "uint32", "minimum": 0,
                        "description": "The number.",
                    },
                    "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" } },
                },
                "required": ["id", "lines"],
                "$defs": { "Line": line },
            },
            "annotations": { "readOnlyHint": true },
        })
    );
    let place = tool(listed.result(), "place_order");
    assert_eq!(place["inputSchema"]["$defs"]["Line"], line);
    assert_eq!(
        place["annotations"],
        json!({ "readOnlyHint": false, "destructiveHint": false, "idempotentHint": false })
    );
    let cancel = tool(listed.result(), "cancel_order");
    assert_eq!(cancel.get("outputSchema"), None);
    assert_eq!(
        cancel["annotations"],
        json!({ "readOnlyHint": false, "destructiveHint": true, "idempotentHint": true })
    );
}

#[tokio::test]
async fn an_older_client_lists_tools_too() {
    let answered = ask_initialized(&shop(), "tools/list", json!({})).await;
    assert_eq!(names(answered.result()), ["greet"]);
    assert_eq!(answered.result().get("ttlMs"), None);
    // A result that may also be a stream has no schema.
    assert_eq!(answered.result()["tools"][0].get("outputSchema"), None);
}
