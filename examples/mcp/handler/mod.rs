//! The `ServerHandler` of `rmcp`, which answers the messages that are not about endpoints.

mod json;
mod resources;
mod asking;
mod rounds;
mod prompts;
mod tools;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod handler;

pub(crate) use handler::Handler;
