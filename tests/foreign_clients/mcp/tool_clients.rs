//! The clients of npm and PyPI, of both revisions, with endpoints as tools.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tools::{Dropped, server};
use crate::cases::{check_node, check_python};

/// What every client has to see.
fn expected() -> Value {
    json!({
        "a_clerk_and_a_buyer_see_different_tools": [["place_order", "ship_order"], ["place_order"]],
        "a_call_has_a_structured_result": { "item": "tea", "quantity": 2 },
        "a_refused_call_is_mended_from_its_error": ["quantity", "is 1 to 100", 100],
        "events_are_progress_in_order": [
            [[1, 3, "box 1"], [2, 3, "box 2"], [3, 3, "box 3"]], { "id": 7 },
        ],
        "a_call_is_cancelled": [true, true],
        "a_change_of_a_topic_is_seen": "topic:placed",
        "a_tool_of_others_is_refused": [true, 403],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_for_the_older_client_of_node() {
    let dropped = Arc::new(Dropped::default());
    let server = server(&dropped).await;
    check_node("mcp_tools.mjs", server.url(), &expected()).await;
    assert_eq!(dropped.all().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_for_the_newer_client_of_node() {
    let dropped = Arc::new(Dropped::default());
    let server = server(&dropped).await;
    check_node("mcp_tools_2.mjs", server.url(), &expected()).await;
    assert_eq!(dropped.all().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_for_the_client_of_python() {
    let dropped = Arc::new(Dropped::default());
    let server = server(&dropped).await;
    check_python("mcp_tools.py", server.url(), &expected()).await;
    assert_eq!(dropped.all().await, 2);
}
