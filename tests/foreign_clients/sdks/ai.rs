//! The AI SDK of Vercel, of npm.

use serde_json::json;

use super::server::Server;
use crate::cases::check_node;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ai_sdk_for_node() {
    let whole =
        json!({ "words": ["good ", "morning"], "ends": ["stop"], "returned": "a clean end" });
    let expected = json!({
        "generate_text": ["good morning", "stop", 5],
        "stream_text": whole,
        "stream_text_of_an_endpoint_of_events": whole,
        "a_handler_that_fails": [
            { "words": ["good ", "morning"], "ends": [], "raised": "APICallError" },
            { "words": ["good ", "morning"], "ends": ["an error part"], "raised": "APICallError" },
        ],
        "the_ui_message_stream": [["text", "good morning", "done"]],
        "a_ui_request_that_is_refused": "Error",
    });
    check_node("ai.mjs", &Server::start().await.url, &expected).await;
}
