//! The API in the format of OpenAI: models, chat completions and responses.

mod errors;
mod group;
mod content;
mod models;
mod chat_format;
mod chat_completions;
mod response_format;
mod responses;

pub use chat_completions::ChatCompletions;
pub use chat_format::{ChatCompletion, ChatMessage, ChatRequest};
pub use content::Content;
pub use errors::{ErrorDocument, error_body};
pub use group::OpenAi;
pub use models::{FindModel, ListModels, NamedModel};
pub use response_format::{ResponseEvent, ResponseObject, ResponseRequest};
pub use responses::Responses;
