//! `POST /v1/chat/completions`: an answer as a whole, or word by word.

use hyperpoint::JsonOrEvents;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use super::chat_format::{ChatChunk, ChatCompletion, ChatRequest, Head};
use super::errors::error_event;
use super::group::OpenAi;
use crate::model::{Generation, Model};

/// Continues a conversation.
#[derive(Endpoint)]
pub struct ChatCompletions {
    model: Arc<dyn Model>,
}

impl Endpoint for ChatCompletions {
    type Request = ChatRequest;
    type Response = JsonOrEvents<ChatCompletion>;

    fn configure(config: &mut Config) {
        config.group::<OpenAi>();
        config.post("/chat/completions");
        config.refuses([404]);
        config.event_data::<ChatChunk>();
    }

    fn validate(&self, request: &ChatRequest, failures: &mut Failures) {
        failures.check("messages", !request.messages.is_empty(), "must not be empty");
    }

    async fn handle(&self, request: ChatRequest, cx: Cx<'_, Self>) -> Result {
        let generation = Generation::start(&*self.model, &request.prompt())?;
        if request.is_streamed() {
            let chunks = chunks(generation, request.includes_usage());
            return cx.send.stream_items_async(chunks).on_error_item(error_event).await;
        }
        let answer = generation.all().await?;
        cx.send.ok_async(ChatCompletion::new(&request.model, answer)).await
    }
}

/// The events of an answer: chunks without a name, then the text `[DONE]`.
fn chunks(
    mut generation: Generation,
    includes_usage: bool,
) -> impl Stream<Item = Result<StreamItem>> {
    try_stream! {
        let head = Head::new("chat.completion.chunk", generation.model());
        yield StreamItem::json(&ChatChunk::first(&head))?;
        while let Some(word) = generation.next().await? {
            yield StreamItem::json(&ChatChunk::word(&head, word))?;
        }
        yield StreamItem::json(&ChatChunk::last(&head, generation.ending()))?;
        if includes_usage {
            yield StreamItem::json(&ChatChunk::usage(&head, generation.usage()))?;
        }
        yield StreamItem::text("[DONE]");
    }
}
