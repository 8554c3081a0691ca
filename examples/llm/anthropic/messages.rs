//! `POST /v1/messages`: a message as a whole, or as named events.

use hyperpoint::http::StatusCode;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, JsonOrEvents, PublicProblem, RateLimit};

use super::format::MessageEvent::{
    ContentBlockDelta, ContentBlockStart, ContentBlockStop, MessageDelta, MessageStart,
    MessageStop, Ping,
};
use super::format::{
    ErrorDocument, Message, MessageEvent, MessagesRequest, StopDelta, TextBlock, TextDelta,
};
use crate::model::{Generation, Model};

const ERROR: EventName = EventName::from_static("error");

/// Continues a conversation.
#[derive(Endpoint)]
pub struct Messages {
    model: Arc<dyn Model>,
}

impl Endpoint for Messages {
    type Request = MessagesRequest;
    type Response = JsonOrEvents<Message, MessageEvent>;

    fn configure(config: &mut Config) {
        config.post("/v1/messages");
        config.authenticated();
        config.rate_limit(RateLimit::per_minute(60));
        config.error_format(|problem| ErrorBody::json(&error(problem)));
        config.errors::<ErrorDocument>("application/json");
        config.error_event::<ErrorDocument>(ERROR.as_str());
        config.refuses([404]);
    }

    fn validate(&self, request: &MessagesRequest, failures: &mut Failures) {
        failures.check("messages", !request.messages.is_empty(), "must not be empty");
    }

    async fn handle(&self, request: MessagesRequest, cx: Cx<'_, Self>) -> Result {
        let generation = Generation::start(&*self.model, &request.prompt())?;
        if request.stream.unwrap_or(false) {
            return cx.send.events_async(events(generation)).on_error_item(error_event).await;
        }
        let answer = generation.all().await?;
        cx.send.ok_async(Message::whole(&request.model, answer)).await
    }
}

fn events(mut generation: Generation) -> impl Stream<Item = Result<MessageEvent>> {
    try_stream! {
        let message = Message::started(generation.model(), generation.usage());
        yield MessageStart { message };
        yield ContentBlockStart { index: 0, content_block: TextBlock::new(String::new()) };
        yield Ping;
        while let Some(word) = generation.next().await? {
            yield ContentBlockDelta { index: 0, delta: TextDelta::new(word) };
        }
        yield ContentBlockStop { index: 0 };
        let delta = StopDelta::new(generation.ending());
        yield MessageDelta { delta, usage: generation.usage().into() };
        yield MessageStop;
    }
}

/// The last event of a message that failed: Anthropic's clients raise it as an exception.
fn error_event(problem: &PublicProblem<'_>) -> StreamItem {
    let item = StreamItem::json(&error(problem)).unwrap_or_else(|_| StreamItem::comment(""));
    item.named(ERROR)
}

fn error(problem: &PublicProblem<'_>) -> ErrorDocument {
    let kind = match problem.status() {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "api_error",
        _ => "invalid_request_error",
    };
    let field = problem.errors().first();
    let field = field.map(|field| format!("{}: {}", field.name(), field.reason()));
    let message = problem.detail().map(str::to_owned).or(field);
    let message = message.unwrap_or_else(|| problem.title().to_owned());
    ErrorDocument::new(kind, message)
}
