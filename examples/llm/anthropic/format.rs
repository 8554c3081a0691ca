//! Requests, answers and events of messages.

use hyperpoint::prelude::*;

use crate::model::{Answer, Ending, Prompt, Role, Turn, Usage};
use crate::openai::Content;

/// A request. Fields that this model has no use for are ignored.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct MessagesRequest {
    /// The name of the model.
    pub model: String,
    /// Maximum number of tokens of the answer.
    pub max_tokens: u32,
    /// The conversation so far.
    pub messages: Vec<InputMessage>,
    /// Instructions for the model.
    pub system: Option<Content>,
    /// Whether to answer with events.
    pub stream: Option<bool>,
}

/// A message of the conversation.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct InputMessage {
    /// The author.
    pub role: Role,
    /// The content.
    pub content: Content,
}

impl MessagesRequest {
    pub(super) fn prompt(&self) -> Prompt {
        let system = self.system.iter().map(|text| Turn { role: Role::System, text: text.text() });
        let turns = self.messages.iter();
        let turns = turns.map(|sent| Turn { role: sent.role, text: sent.content.text() });
        let turns = system.chain(turns).collect();
        Prompt { model: self.model.clone(), turns, max_tokens: Some(self.max_tokens) }
    }
}

/// A message of the model, complete or in progress.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Message {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    role: String,
    model: String,
    /// Its parts: one text, or none yet.
    pub content: Vec<TextBlock>,
    /// `end_turn` or `max_tokens`, once it is complete.
    pub stop_reason: Option<String>,
    stop_sequence: Option<String>,
    /// The tokens so far.
    pub usage: MessageUsage,
}

/// A text of a message.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct TextBlock {
    #[serde(rename = "type")]
    kind: String,
    /// The text.
    pub text: String,
}

/// The number of tokens.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct MessageUsage {
    /// Of the request.
    pub input_tokens: u32,
    /// Of the answer.
    pub output_tokens: u32,
}

/// The events of an answer. The name of each is in its data, too, as `type`.
#[derive(Serialize, JsonSchema, Events)]
#[serde(tag = "type", rename_all = "snake_case")]
#[events(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the documentation of Anthropic's API describes them")]
pub enum MessageEvent {
    MessageStart { message: Message },
    Ping,
    ContentBlockStart { index: u32, content_block: TextBlock },
    ContentBlockDelta { index: u32, delta: TextDelta },
    ContentBlockStop { index: u32 },
    MessageDelta { delta: StopDelta, usage: MessageUsage },
    MessageStop,
}

/// More text.
#[derive(Serialize, JsonSchema)]
pub struct TextDelta {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
}

/// Why the message ended.
#[derive(Serialize, JsonSchema)]
pub struct StopDelta {
    stop_reason: &'static str,
    stop_sequence: Option<String>,
}

/// An error, as Anthropic's clients read it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagesError")]
pub(super) struct ErrorDocument {
    #[serde(rename = "type")]
    kind: &'static str,
    error: ErrorObject,
}

/// What is wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagesErrorObject")]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
}

fn reason(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "end_turn",
        Ending::Length => "max_tokens",
    }
}

impl Message {
    /// Creates a message in progress, without content.
    pub(super) fn started(model: &str, usage: Usage) -> Self {
        Self {
            id: format!("msg_{}", Uuid::new_v4().simple()),
            kind: "message".to_owned(),
            role: "assistant".to_owned(),
            model: model.to_owned(),
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: usage.into(),
        }
    }

    /// Creates a whole message.
    pub(super) fn whole(model: &str, answer: Answer) -> Self {
        Self {
            content: vec![TextBlock::new(answer.text)],
            stop_reason: Some(reason(answer.ending).to_owned()),
            ..Self::started(model, answer.usage)
        }
    }
}

impl ErrorDocument {
    pub(super) fn new(kind: &'static str, message: String) -> Self {
        Self { kind: "error", error: ErrorObject { kind, message } }
    }
}

impl TextBlock {
    pub(super) fn new(text: String) -> Self {
        Self { kind: "text".to_owned(), text }
    }
}

impl TextDelta {
    pub(super) fn new(text: String) -> Self {
        Self { kind: "text_delta", text }
    }
}

impl StopDelta {
    pub(super) fn new(ending: Ending) -> Self {
        Self { stop_reason: reason(ending), stop_sequence: None }
    }
}

impl From<Usage> for MessageUsage {
    fn from(usage: Usage) -> Self {
        Self { input_tokens: usage.input, output_tokens: usage.output }
    }
}
