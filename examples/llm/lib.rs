//! The API of a language model in three formats: OpenAI's, Anthropic's, and the UI message stream of
//! the Vercel AI SDK. The model behind it is [`Echo`], which repeats what it is told; put another
//! [`Model`] in its place.

#![expect(
    missing_debug_implementations,
    reason = "endpoints, requests and answers are not printed"
)]

pub mod model;
pub mod openai;
pub mod anthropic;
pub mod chat_page;

mod application;

pub use application::{DEMO_KEY, application};
pub use model::{Echo, Model};
