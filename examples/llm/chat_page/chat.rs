//! `POST /api/chat`: the answer to a conversation, as the AI SDK's user interfaces read it.

use hyperpoint::http::{HeaderName, HeaderValue};
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{PublicProblem, RateLimit};

use super::format::{ChatPart, UiRequest};
use crate::model::{Generation, Model};

/// Tells the AI SDK the format.
const FORMAT: HeaderName = HeaderName::from_static("x-vercel-ai-ui-message-stream");

/// Answers the conversation of the page.
#[derive(Endpoint)]
pub struct Chat {
    model: Arc<dyn Model>,
}

impl Endpoint for Chat {
    type Request = UiRequest;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/api/chat");
        // The page has no key. A real one has users with a session.
        config.allow_anonymous();
        config.rate_limit(RateLimit::per_minute(30).by_address());
        config.event_data::<ChatPart>();
    }

    fn validate(&self, request: &UiRequest, failures: &mut Failures) {
        failures.check("messages", !request.messages.is_empty(), "must not be empty");
    }

    async fn handle(&self, request: UiRequest, cx: Cx<'_, Self>) -> Result {
        let model = self.model.names().first().copied().unwrap_or_default();
        let generation = Generation::start(&*self.model, &request.prompt(model))?;
        cx.send
            .header(FORMAT, HeaderValue::from_static("v1"))
            .stream_items_async(parts(generation))
            .on_error_item(error_part)
            .await
    }
}

fn parts(mut generation: Generation) -> impl Stream<Item = Result<StreamItem>> {
    try_stream! {
        let message_id = Uuid::new_v4().to_string();
        let id = "text-1".to_owned();
        yield StreamItem::json(&ChatPart::Start { message_id })?;
        yield StreamItem::json(&ChatPart::TextStart { id: id.clone() })?;
        while let Some(delta) = generation.next().await? {
            yield StreamItem::json(&ChatPart::TextDelta { id: id.clone(), delta })?;
        }
        yield StreamItem::json(&ChatPart::TextEnd { id })?;
        yield StreamItem::json(&ChatPart::finish(generation.ending()))?;
        yield StreamItem::text("[DONE]");
    }
}

/// The last event of an answer that failed.
fn error_part(problem: &PublicProblem<'_>) -> StreamItem {
    let error_text = problem.detail().unwrap_or(problem.title()).to_owned();
    StreamItem::json(&ChatPart::Error { error_text }).unwrap_or_else(|_| StreamItem::comment(""))
}
