//! The examples as a user starts them, and their pages as a user sees them.

pub(crate) mod process;
mod page;
mod secured;
mod ticker;
mod chat;
mod hypermedia;
mod llm;
