//! `POST /tokens`: a stream in response to a POST, like the answers of a language model.

use std::time::Duration;

use hyperpoint::prelude::*;
use serde_json::json;

/// The request: a prompt.
#[derive(Deserialize, JsonSchema)]
struct Prompt {
    prompt: String,
}

/// Responds to a prompt word by word.
#[derive(Endpoint)]
struct Tokens;

impl Endpoint for Tokens {
    type Request = Prompt;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/tokens");
        config.allow_anonymous();
        config.cors(|cors| cors.allow_any_origin());
        config.body_limit_bytes(16 * 1024);
    }

    fn validate(&self, request: &Prompt, failures: &mut Failures) {
        failures.check("prompt", !request.prompt.trim().is_empty(), "must not be empty");
    }

    async fn handle(&self, request: Prompt, cx: Cx<'_, Self>) -> Result {
        let mut events = cx.send.open_event_stream_async().done().await?;
        for word in answer(&request.prompt).split_inclusive(' ') {
            tokio::time::sleep(Duration::from_millis(60)).await;
            events.send("token", &json!({ "text": word })).await?;
        }
        events.close().await
    }
}

/// A stand-in for a model, which always returns the same text.
fn answer(prompt: &str) -> String {
    format!(
        "You asked: “{prompt}”. I am no model, only a few lines of Rust that pretend to think. \
         Each word of this answer is an event of its own, sent as soon as it is made, and the \
         socket sets the pace. Close the page and this function is dropped where it stands."
    )
}
