//! The model: what it is asked, the words that it generates, and the one that repeats.

mod prompt;
mod language_model;
mod generation;
mod echo;

pub use echo::Echo;
pub use generation::{Answer, Ending, Generation, Usage};
pub use language_model::{Model, Words};
pub use prompt::{Prompt, Role, Turn};
