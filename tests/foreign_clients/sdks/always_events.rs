//! Endpoints of the tests beside those of the example.

use example_llm::openai::ChatRequest;
use futures_util::StreamExt;
use hyperpoint::prelude::*;
use serde_json::json;

use super::scripted::Scripted;

/// `POST /events/v1/chat/completions`: always events, and nothing but what the model says: if it fails,
/// the stream has no last event.
#[derive(Endpoint)]
pub(super) struct AlwaysEvents {
    model: Arc<Scripted>,
}

impl Endpoint for AlwaysEvents {
    type Request = ChatRequest;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/events/v1/chat/completions");
        config.authenticated();
    }

    async fn handle(&self, request: ChatRequest, cx: Cx<'_, Self>) -> Result {
        let prompt = request.messages.last().map(|sent| sent.content.text()).unwrap_or_default();
        let mut words = self.model.words(&prompt);
        let chunks = try_stream! {
            while let Some(word) = words.next().await {
                yield chunk(Some(&word?), None)?;
            }
            if prompt == "write an error" {
                let error = json!({ "message": "the paper is used up", "code": "no_paper" });
                yield StreamItem::json(&json!({ "error": error }))?;
            }
            yield chunk(None, Some("stop"))?;
            yield StreamItem::text("[DONE]");
        };
        cx.send.stream_items_async(chunks).await
    }
}

fn chunk(word: Option<&str>, finish_reason: Option<&str>) -> Result<StreamItem> {
    let delta = word.map_or_else(|| json!({}), |word| json!({ "content": word }));
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
    Ok(StreamItem::json(&json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [choice],
    }))?)
}

/// `GET /generators`: how many generators run.
#[derive(Endpoint)]
pub(super) struct Generators {
    model: Arc<Scripted>,
}

impl Endpoint for Generators {
    type Request = ();
    type Response = usize;

    fn configure(config: &mut Config) {
        config.get("/generators");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(self.model.running()).await
    }
}
