//! The trait of a model.

use std::pin::Pin;

use hyperpoint::prelude::*;

use super::prompt::Prompt;

/// The words of an answer as they are generated, each with the space after it. One word is one token.
pub type Words = Pin<Box<dyn Stream<Item = Result<String>> + Send>>;

/// A language model, or something that stands in for one.
pub trait Model: Send + Sync {
    /// Returns the names by which clients ask for it.
    fn names(&self) -> &[&'static str];

    /// Continues a conversation. The words are generated as they are read, and generation stops when
    /// the stream is dropped, as it is when a client disconnects.
    fn generate(&self, prompt: &Prompt) -> Words;
}
