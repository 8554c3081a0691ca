//! Requests and events of the UI message stream, version 1.

use hyperpoint::prelude::*;

use crate::model::{Ending, Prompt, Role, Turn};

/// What `useChat` and `DefaultChatTransport` send.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct UiRequest {
    /// The conversation so far.
    pub messages: Vec<UiMessage>,
}

/// A message of the conversation.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct UiMessage {
    /// The author.
    pub role: Role,
    /// Its parts.
    pub parts: Vec<UiPart>,
}

/// A part of a message.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct UiPart {
    /// What it is, such as `text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text, if it has one.
    pub text: Option<String>,
}

impl UiMessage {
    fn text(&self) -> String {
        let texts = self.parts.iter().filter(|part| part.kind == "text");
        let texts: Vec<_> = texts.filter_map(|part| part.text.as_deref()).collect();
        texts.join("\n")
    }
}

impl UiRequest {
    pub(super) fn prompt(&self, model: &str) -> Prompt {
        let turns = self.messages.iter();
        let turns = turns.map(|sent| Turn { role: sent.role, text: sent.text() }).collect();
        Prompt { model: model.to_owned(), turns, max_tokens: None }
    }
}

/// The events of an answer. They have no names: `type` in their data says what they are.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the documentation of the AI SDK describes them")]
pub enum ChatPart {
    Start { message_id: String },
    TextStart { id: String },
    TextDelta { id: String, delta: String },
    TextEnd { id: String },
    Finish { finish_reason: &'static str },
    Error { error_text: String },
}

impl ChatPart {
    pub(super) fn finish(ending: Ending) -> Self {
        let finish_reason = match ending {
            Ending::Complete => "stop",
            Ending::Length => "length",
        };
        Self::Finish { finish_reason }
    }
}
