//! The clients of npm and PyPI.

use hyperpoint::Running;
use hyperpoint::prelude::*;
use serde_json::json;

use super::listen::{Leave, Listen};
use super::post::Post;
use super::sessions::Sessions;
use crate::cases::{check_node, check_python};

async fn server() -> Running {
    let host = Host::empty()
        .endpoint::<Post>()
        .endpoint::<Listen>()
        .endpoint::<Leave>()
        .service(Arc::new(Sessions::default()));
    host.bind("127.0.0.1:0").start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mcp_for_node() {
    let server = server().await;
    let all = [[1, 3], [2, 3], [3, 3]];
    let expected = json!({
        "a_session_is_opened": ["hyperpoint", { "tools": { "listChanged": true } }, 36],
        "a_ping_is_answered": {},
        "tools_are_listed": ["count"],
        "a_tool_reports_its_progress": [all, "counted to 3"],
        "a_call_that_is_cut_resumes": [all, "counted to 3"],
        "ten_calls_at_once_get_their_own_progress": true,
        "a_notification_arrives_without_a_request": true,
        "an_unknown_tool_is_an_error": { "raised": "McpError", "code": -32602 },
        "a_session_that_was_left_is_unknown": [
            true, { "raised": "StreamableHTTPError", "code": 404 },
        ],
        "a_page_of_another_origin_is_refused": { "raised": "StreamableHTTPError", "code": 403 },
    });
    check_node("mcp.mjs", server.url(), &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mcp_for_python() {
    let server = server().await;
    let all = [[1.0, 3.0], [2.0, 3.0], [3.0, 3.0]];
    let expected = json!({
        "a_session_is_opened": ["hyperpoint", "2025-11-25", true],
        "tools_are_listed": ["count"],
        "a_tool_reports_its_progress": [all, "counted to 3"],
        "a_call_that_is_cut_resumes": [all, "counted to 3"],
        "a_notification_arrives_without_a_request": true,
        "an_unknown_tool_is_an_error": -32602,
        "without_a_session": [
            "2026-07-28", ["count"], [[[1.0, 2.0], [2.0, 2.0]], "counted to 2"],
        ],
    });
    check_python("mcp_cases.py", server.url(), &expected).await;
}
