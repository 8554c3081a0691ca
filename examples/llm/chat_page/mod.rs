//! The chat page, and its stream: the UI message stream of the Vercel AI SDK.

mod format;
mod chat;
mod page;

pub use chat::Chat;
pub use format::{ChatPart, UiMessage, UiPart, UiRequest};
