//! The client of Anthropic, of PyPI.

use serde_json::json;

use super::server::Server;
use crate::cases::check_python;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anthropic_for_python() {
    let expected = json!({
        "messages_plain": ["good morning", "end_turn", 2],
        "messages_by_the_stream_helper": [["good ", "morning"], "good morning", "end_turn", 2],
        "messages_raw": [
            "message_start", "content_block_start", "content_block_delta", "content_block_delta",
            "content_block_stop", "message_delta", "message_stop",
        ],
        "an_error_in_mid_stream": {
            "words": ["good ", "morning"], "raised": "APIStatusError", "status_code": 200,
        },
        "a_wrong_key": { "raised": "AuthenticationError", "status_code": 401 },
        "an_abort_stops_the_generator": [1, true],
    });
    check_python("anthropic_cases.py", &Server::start().await.url, &expected).await;
}
