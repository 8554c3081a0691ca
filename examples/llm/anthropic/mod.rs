//! The API in the format of Anthropic: messages.

mod format;
mod messages;

pub use format::{Message, MessageEvent, MessagesRequest};
pub use messages::Messages;
