//! The clients of OpenAI, of PyPI and npm.

use serde_json::json;

use super::server::Server;
use crate::cases::{check_node, check_python};

const GOOD_MORNING: [&str; 2] = ["good ", "morning"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openai_for_python() {
    let expected = json!({
        "chat_plain": ["good morning Ann", "stop", 7],
        "chat_streamed": [["good ", "morning ", "Ann"], "stop", 3],
        "chat_by_the_stream_helper": ["good morning Ann", true, true],
        "fifty_chats_at_once": true,
        "an_endpoint_of_events_streamed_and_not": [
            ["good ", "morning", null], 200, "text/event-stream",
        ],
        "an_unknown_model": {
            "raised": "NotFoundError", "status_code": 404, "code": "model_not_found", "param": "model",
        },
        "a_wrong_key": {
            "raised": "AuthenticationError", "status_code": 401, "code": "invalid_api_key",
        },
        "a_request_that_binding_refuses": {
            "raised": "BadRequestError", "status_code": 400, "code": "invalid", "param": "messages",
        },
        "a_path_that_no_endpoint_has": ["NotFoundError", "invalid_request_error", true],
        "an_error_written_into_the_stream": {
            "words": GOOD_MORNING, "raised": "APIError", "code": "no_paper",
        },
        "a_handler_that_fails_in_mid_stream": [
            { "words": GOOD_MORNING, "raised": "APIConnectionError" },
            { "words": GOOD_MORNING, "raised": "APIError" },
        ],
        "a_handler_that_panics_in_mid_stream": {
            "words": GOOD_MORNING, "raised": "APIConnectionError",
        },
        "a_rate_limit_on_a_streamed_request": ["RateLimitError", "rate_limit_exceeded", true],
        "an_abort_of_a_stream_stops_the_generator": [1, true],
        "an_abort_of_a_plain_request_stops_the_generator": [{ "raised": "APITimeoutError" }, true],
        "responses_plain": ["completed", "good morning", 5],
        "responses_by_the_stream_helper": [
            "response.created", 2, "response.completed", "good morning",
        ],
        "a_stop_of_the_server_in_mid_stream": [GOOD_MORNING, "APIConnectionError"],
    });
    check_python("openai_cases.py", &Server::start().await.url, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openai_for_node() {
    let expected = json!({
        "chat_plain": ["good morning", 5],
        "chat_streamed": { "words": GOOD_MORNING, "returned": "a clean end" },
        "chat_by_the_stream_helper": ["good morning", GOOD_MORNING],
        "an_endpoint_of_events": { "words": GOOD_MORNING, "returned": "a clean end" },
        "an_unknown_model": {
            "raised": "NotFoundError", "status": 404, "code": "model_not_found", "param": "model",
        },
        "an_error_written_into_the_stream": {
            "words": GOOD_MORNING, "raised": "APIError", "code": "no_paper",
        },
        "a_handler_that_fails_in_mid_stream": [
            { "words": GOOD_MORNING, "raised": "TypeError" },
            { "words": GOOD_MORNING, "raised": "APIError" },
        ],
        "an_abort_stops_the_generator": [1, true],
        "responses_streamed": ["response.created", "response.completed", "good morning"],
    });
    check_node("openai.mjs", &Server::start().await.url, &expected).await;
}
