//! Errors in the format of OpenAI: `{"error": {…}}`, as a response and in a stream.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint::{ErrorBody, PublicProblem};

/// An error, as OpenAI's clients read it.
#[derive(Serialize, JsonSchema)]
pub struct ErrorDocument {
    error: ErrorObject,
}

/// What is wrong.
#[derive(Serialize, JsonSchema)]
struct ErrorObject {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The field that is wrong.
    param: Option<String>,
    /// What is wrong, for programs.
    code: Option<String>,
}

/// Renders a refusal. OpenAI's clients choose the class of their exception by the status, and show the
/// message.
pub fn error_body(problem: &PublicProblem<'_>) -> ErrorBody {
    ErrorBody::json(&error(problem))
}

/// The last event of a stream that failed. OpenAI's clients raise an exception when they read it.
pub(crate) fn error_event(problem: &PublicProblem<'_>) -> StreamItem {
    StreamItem::json(&error(problem)).unwrap_or_else(|_| StreamItem::comment(""))
}

fn error(problem: &PublicProblem<'_>) -> ErrorDocument {
    let field = problem.errors().first();
    let message = match field {
        Some(field) => format!("{}: {}", field.name(), field.reason()),
        None => problem.detail().unwrap_or(problem.title()).to_owned(),
    };
    let code = match (problem.status(), field) {
        (_, Some(field)) => Some(field.code()),
        (StatusCode::UNAUTHORIZED, _) => Some("invalid_api_key"),
        (StatusCode::TOO_MANY_REQUESTS, _) => Some("rate_limit_exceeded"),
        _ => None,
    };
    let kind = match problem.status() {
        StatusCode::TOO_MANY_REQUESTS => "requests",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    let param = field.map(|field| field.name().to_owned());
    ErrorDocument { error: ErrorObject { message, kind, param, code: code.map(str::to_owned) } }
}
