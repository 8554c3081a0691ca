//! Requests, answers and events of chat completions.

use std::time::{SystemTime, UNIX_EPOCH};

use hyperpoint::prelude::*;

use super::content::Content;
use crate::model::{Answer, Ending, Prompt, Role, Turn, Usage};

/// A request. Fields that this model has no use for, such as `temperature`, are ignored.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct ChatRequest {
    /// The name of the model.
    pub model: String,
    /// The conversation so far.
    pub messages: Vec<ChatMessage>,
    /// Whether to answer with events.
    pub stream: Option<bool>,
    /// Options of the events.
    pub stream_options: Option<ChatStreamOptions>,
    /// Maximum number of tokens of the answer.
    pub max_completion_tokens: Option<u32>,
    /// The older name of `max_completion_tokens`.
    pub max_tokens: Option<u32>,
}

/// A message of the conversation.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct ChatMessage {
    /// The author.
    pub role: Role,
    /// The content.
    pub content: Content,
}

/// Options of a streamed answer.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct ChatStreamOptions {
    /// Whether the last event has the usage.
    pub include_usage: Option<bool>,
}

impl ChatRequest {
    /// Returns whether the client asks for events.
    pub(super) fn is_streamed(&self) -> bool {
        self.stream.unwrap_or(false)
    }

    pub(super) fn includes_usage(&self) -> bool {
        self.stream_options.as_ref().and_then(|options| options.include_usage).unwrap_or(false)
    }

    pub(super) fn prompt(&self) -> Prompt {
        let turns = self.messages.iter();
        let turns = turns.map(|sent| Turn { role: sent.role, text: sent.content.text() }).collect();
        let max_tokens = self.max_completion_tokens.or(self.max_tokens);
        Prompt { model: self.model.clone(), turns, max_tokens }
    }
}

/// What all parts of an answer have in common.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Head {
    id: String,
    object: String,
    created: u64,
    model: String,
}

/// A whole answer.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ChatCompletion {
    #[serde(flatten)]
    head: Head,
    /// The answers: one.
    pub choices: Vec<Choice>,
    /// The tokens.
    pub usage: TokenUsage,
}

/// One answer.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    index: u32,
    /// The message.
    pub message: AnswerMessage,
    /// `stop` or `length`.
    pub finish_reason: String,
}

/// The message of the model.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct AnswerMessage {
    role: String,
    /// Its text.
    pub content: String,
}

/// The number of tokens.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names of OpenAI's API")]
pub struct TokenUsage {
    /// Of the prompt.
    pub prompt_tokens: u32,
    /// Of the answer.
    pub completion_tokens: u32,
    /// Of both.
    pub total_tokens: u32,
}

/// A part of a streamed answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChatChunk {
    #[serde(flatten)]
    head: Head,
    choices: Vec<ChunkChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<TokenUsage>,
}

#[derive(Serialize, JsonSchema)]
struct ChunkChoice {
    index: u32,
    delta: Delta,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize, JsonSchema)]
struct Delta {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

fn reason(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "stop",
        Ending::Length => "length",
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs())
}

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.input,
            completion_tokens: usage.output,
            total_tokens: usage.total(),
        }
    }
}

impl Head {
    pub(super) fn new(object: &str, model: &str) -> Self {
        let id = format!("chatcmpl-{}", Uuid::new_v4().simple());
        Self { id, object: object.to_owned(), created: now(), model: model.to_owned() }
    }
}

impl ChatCompletion {
    pub(super) fn new(model: &str, answer: Answer) -> Self {
        let message = AnswerMessage { role: "assistant".to_owned(), content: answer.text };
        let finish_reason = reason(answer.ending).to_owned();
        Self {
            head: Head::new("chat.completion", model),
            choices: vec![Choice { index: 0, message, finish_reason }],
            usage: answer.usage.into(),
        }
    }
}

/// The events of one answer.
impl ChatChunk {
    pub(super) fn first(head: &Head) -> Self {
        let delta = Delta { role: Some("assistant"), content: Some(String::new()) };
        Self::with(head, delta, None)
    }

    pub(super) fn word(head: &Head, word: String) -> Self {
        Self::with(head, Delta { role: None, content: Some(word) }, None)
    }

    pub(super) fn last(head: &Head, ending: Ending) -> Self {
        Self::with(head, Delta::default(), Some(reason(ending)))
    }

    pub(super) fn usage(head: &Head, usage: Usage) -> Self {
        Self { head: head.clone(), choices: Vec::new(), usage: Some(usage.into()) }
    }

    fn with(head: &Head, delta: Delta, finish_reason: Option<&'static str>) -> Self {
        let choices = vec![ChunkChoice { index: 0, delta, finish_reason }];
        Self { head: head.clone(), choices, usage: None }
    }
}
