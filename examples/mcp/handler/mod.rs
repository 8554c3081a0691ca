//! What is written by hand beside the endpoints: a `ServerHandler` of `rmcp`.

mod json;
mod resources;
mod asking;
mod rounds;
mod prompts;
mod tools;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod handler;

pub(crate) use handler::Handler;
