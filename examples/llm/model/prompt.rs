//! What a model is asked.

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

/// The author of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Instructions of the developer.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// Returns the role with this name in a request. Names other than those of the user and the model,
    /// such as `developer`, mean instructions.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            _ => Self::System,
        }
    }
}

impl Prompt {
    /// Returns the last text of the user, or an empty text.
    #[must_use]
    pub fn question(&self) -> &str {
        let mut turns = self.turns.iter().rev();
        turns.find(|turn| turn.role == Role::User).map_or("", |turn| &turn.text)
    }
}
