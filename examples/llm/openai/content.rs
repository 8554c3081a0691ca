//! The content of a message: a text, or a list of parts.

use hyperpoint::prelude::*;

/// The content of a message.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Content {
    /// A text.
    Text(String),
    /// Parts, of which those with a text count: this model reads nothing else.
    Parts(Vec<Part>),
}

/// A part of a content.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct Part {
    /// What it is, such as `text` or `input_text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text, if it has one.
    pub text: Option<String>,
}

impl Content {
    /// Returns all of its text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => {
                let texts: Vec<_> = parts.iter().filter_map(|part| part.text.as_deref()).collect();
                texts.join("\n")
            }
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
