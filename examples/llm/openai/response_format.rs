//! Requests, answers and events of `POST /v1/responses`.

use hyperpoint::prelude::*;

use super::chat_format::now;
use super::content::Content;
use crate::model::{Ending, Prompt, Role, Turn, Usage};

/// A request.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct ResponseRequest {
    /// The name of the model.
    pub model: String,
    /// What the model is to respond to.
    pub input: Input,
    /// Instructions for the model.
    pub instructions: Option<String>,
    /// Whether to answer with events.
    pub stream: Option<bool>,
    /// Maximum number of tokens of the answer.
    pub max_output_tokens: Option<u32>,
}

/// A text, or messages.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Input {
    /// A text of the user.
    Text(String),
    /// A conversation.
    Messages(Vec<InputMessage>),
}

/// A message of the conversation.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct InputMessage {
    /// The author.
    pub role: Role,
    /// The content.
    pub content: Content,
}

impl ResponseRequest {
    pub(super) fn prompt(&self) -> Prompt {
        let instructions = self.instructions.iter();
        let mut turns: Vec<_> =
            instructions.map(|text| Turn { role: Role::System, text: text.clone() }).collect();
        match &self.input {
            Input::Text(text) => turns.push(Turn { role: Role::User, text: text.clone() }),
            Input::Messages(messages) => turns.extend(
                messages.iter().map(|sent| Turn { role: sent.role, text: sent.content.text() }),
            ),
        }
        Prompt { model: self.model.clone(), turns, max_tokens: self.max_output_tokens }
    }
}

/// A response, complete or in progress.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResponseObject {
    id: String,
    object: String,
    created_at: u64,
    /// `in_progress`, `completed` or `incomplete`.
    pub status: String,
    incomplete_details: Option<IncompleteDetails>,
    error: Option<String>,
    model: String,
    /// The messages of the model.
    pub output: Vec<OutputMessage>,
    parallel_tool_calls: bool,
    tool_choice: String,
    tools: Vec<String>,
    /// The tokens, once the response is complete.
    pub usage: Option<ResponseUsage>,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct IncompleteDetails {
    reason: String,
}

/// A message of the model.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct OutputMessage {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    status: String,
    role: String,
    /// Its parts.
    pub content: Vec<OutputText>,
}

/// A text of a message.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct OutputText {
    #[serde(rename = "type")]
    kind: String,
    /// The text.
    pub text: String,
    annotations: Vec<String>,
}

/// The tokens of a response.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct ResponseUsage {
    /// Of the input.
    pub input_tokens: u32,
    input_tokens_details: CachedTokens,
    /// Of the output.
    pub output_tokens: u32,
    output_tokens_details: ReasoningTokens,
    /// Of both.
    pub total_tokens: u32,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
struct CachedTokens {
    cached_tokens: u32,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
struct ReasoningTokens {
    reasoning_tokens: u32,
}

impl ResponseObject {
    /// Creates a response in progress, without output.
    pub(super) fn started(model: &str) -> Self {
        Self {
            id: format!("resp_{}", Uuid::new_v4().simple()),
            object: "response".to_owned(),
            created_at: now(),
            status: "in_progress".to_owned(),
            incomplete_details: None,
            error: None,
            model: model.to_owned(),
            output: Vec::new(),
            parallel_tool_calls: true,
            tool_choice: "auto".to_owned(),
            tools: Vec::new(),
            usage: None,
        }
    }

    /// Completes it with this message.
    pub(super) fn ended(self, message: OutputMessage, ending: Ending, usage: Usage) -> Self {
        let (status, reason) = match ending {
            Ending::Complete => ("completed", None),
            Ending::Length => ("incomplete", Some("max_output_tokens".to_owned())),
        };
        Self {
            status: status.to_owned(),
            incomplete_details: reason.map(|reason| IncompleteDetails { reason }),
            output: vec![message],
            usage: Some(usage.into()),
            ..self
        }
    }
}

impl OutputMessage {
    /// Creates an empty message in progress.
    pub(super) fn started() -> Self {
        Self {
            id: format!("msg_{}", Uuid::new_v4().simple()),
            kind: "message".to_owned(),
            status: "in_progress".to_owned(),
            role: "assistant".to_owned(),
            content: Vec::new(),
        }
    }

    /// Completes it with this text.
    pub(super) fn ended(self, text: String) -> Self {
        Self { status: "completed".to_owned(), content: vec![OutputText::new(text)], ..self }
    }
}

impl OutputText {
    pub(super) fn new(text: String) -> Self {
        Self { kind: "output_text".to_owned(), text, annotations: Vec::new() }
    }
}

impl From<Usage> for ResponseUsage {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.input,
            input_tokens_details: CachedTokens::default(),
            output_tokens: usage.output,
            output_tokens_details: ReasoningTokens::default(),
            total_tokens: usage.total(),
        }
    }
}

/// The text of a response that an event is about.
#[derive(Clone, Serialize, JsonSchema)]
pub struct TextPosition {
    item_id: String,
    output_index: u32,
    content_index: u32,
}

impl TextPosition {
    /// The only text of this message.
    pub(super) fn of(message: &OutputMessage) -> Self {
        Self { item_id: message.id.clone(), output_index: 0, content_index: 0 }
    }
}

/// The events of a response. The name of each is in its data, too, as `type`.
#[derive(Serialize, JsonSchema, Events)]
#[serde(tag = "type")]
#[expect(missing_docs, reason = "the documentation of OpenAI's API describes them")]
pub enum ResponseEvent {
    #[event("response.created")]
    #[serde(rename = "response.created")]
    Created { sequence_number: u32, response: ResponseObject },
    #[event("response.in_progress")]
    #[serde(rename = "response.in_progress")]
    InProgress { sequence_number: u32, response: ResponseObject },
    #[event("response.output_item.added")]
    #[serde(rename = "response.output_item.added")]
    ItemAdded { sequence_number: u32, output_index: u32, item: OutputMessage },
    #[event("response.content_part.added")]
    #[serde(rename = "response.content_part.added")]
    PartAdded {
        sequence_number: u32,
        #[serde(flatten)]
        at: TextPosition,
        part: OutputText,
    },
    #[event("response.output_text.delta")]
    #[serde(rename = "response.output_text.delta")]
    TextDelta {
        sequence_number: u32,
        #[serde(flatten)]
        at: TextPosition,
        delta: String,
        logprobs: Vec<String>,
    },
    #[event("response.output_text.done")]
    #[serde(rename = "response.output_text.done")]
    TextDone {
        sequence_number: u32,
        #[serde(flatten)]
        at: TextPosition,
        text: String,
        logprobs: Vec<String>,
    },
    #[event("response.content_part.done")]
    #[serde(rename = "response.content_part.done")]
    PartDone {
        sequence_number: u32,
        #[serde(flatten)]
        at: TextPosition,
        part: OutputText,
    },
    #[event("response.output_item.done")]
    #[serde(rename = "response.output_item.done")]
    ItemDone { sequence_number: u32, output_index: u32, item: OutputMessage },
    #[event("response.completed")]
    #[serde(rename = "response.completed")]
    Completed { sequence_number: u32, response: ResponseObject },
    #[event("response.incomplete")]
    #[serde(rename = "response.incomplete")]
    Incomplete { sequence_number: u32, response: ResponseObject },
}
