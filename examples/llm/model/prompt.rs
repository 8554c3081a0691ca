//! What a model is asked.

use hyperpoint::prelude::*;

/// A conversation, and which model continues it.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The name of the model.
    pub model: String,
    /// The conversation so far, oldest turn first.
    pub turns: Vec<Turn>,
    /// Maximum number of tokens of the answer; unlimited if `None`.
    pub max_tokens: Option<u32>,
}

/// One turn of a conversation.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Who wrote it.
    pub role: Role,
    /// The text.
    pub text: String,
}

/// The author of a turn, as every API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions of the developer.
    System,
    /// Instructions of the developer, as newer clients of OpenAI write.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Prompt {
    /// Returns the last text of the user, or an empty text.
    #[must_use]
    pub fn question(&self) -> &str {
        let mut turns = self.turns.iter().rev();
        turns.find(|turn| turn.role == Role::User).map_or("", |turn| &turn.text)
    }
}
