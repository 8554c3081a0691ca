//! The result of a call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::LOCATION;
use http::{StatusCode, response};
use serde_json::{Map, Value, json};

use crate::revision::Revision;
use crate::tool::Tool;

/// The text for a model whose call has succeeded without the declared data.
const WITHOUT_DATA: &str = "the call has succeeded, but returned no data; do not repeat it";

/// The result of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CallResult {
    content: Vec<Value>,
    structured: Option<Value>,
    is_error: bool,
}

impl CallResult {
    /// A result without data.
    pub(crate) fn empty() -> Self {
        Self { content: Vec::new(), structured: None, is_error: false }
    }

    pub(crate) fn error(text: &str) -> Self {
        Self { content: vec![text_content(text)], structured: None, is_error: true }
    }

    /// Creates the result of a response with this status, content type and body. Errors of the application are
    /// results, so that the model sees which argument to mend.
    pub(crate) fn of(status: StatusCode, content_type: &str, body: &[u8]) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        if body.is_empty() {
            let reason = status.canonical_reason().unwrap_or_default();
            return if is_error { Self::error(reason) } else { Self::empty() };
        }
        let is_json = essence == "application/json" || essence.ends_with("+json");
        let structured = is_json.then(|| serde_json::from_slice(body).ok()).flatten();
        let content = match (&structured, std::str::from_utf8(body), essence.split('/').next()) {
            (Some(_), Ok(text), _) | (None, Ok(text), Some("text")) => text_content(text),
            (_, _, Some(kind @ ("image" | "audio"))) => {
                json!({ "type": kind, "data": STANDARD.encode(body), "mimeType": essence })
            }
            (_, Ok(text), _) if is_json => text_content(text),
            _ => json!({
                "type": "resource",
                "resource": {
                    "uri": "about:blank", "mimeType": essence, "blob": STANDARD.encode(body),
                },
            }),
        };
        Self { content: vec![content], structured, is_error }
    }

    /// Creates the result of a redirect: an error, because redirects are not followed. It has the target only if that
    /// is a path of the host, so that a model is not sent to another one.
    pub(crate) fn redirect(head: &response::Parts) -> Self {
        let location = head.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let is_own = |path: &&str| {
            path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\")
        };
        match location.filter(is_own) {
            Some(path) => Self::error(&format!("the endpoint redirects to `{path}`")),
            None => Self::error("the endpoint redirects"),
        }
    }

    /// Creates the result of the data of an event.
    pub(crate) fn of_event(data: &str) -> Self {
        let structured = serde_json::from_str(data).ok();
        Self { content: vec![text_content(data)], structured, is_error: false }
    }

    /// Creates an error with the data of an event: a problem document.
    pub(crate) fn of_problem_event(data: &str) -> Self {
        Self { is_error: true, ..Self::of_event(data) }
    }

    /// Returns the members of the result.
    pub(crate) fn into_value(self, tool: &Tool, revision: Revision) -> Value {
        let Self { mut content, structured, mut is_error } = self;
        let data = structured.filter(|data| is_allowed(data, is_error, tool, revision));
        // A tool with an output schema has a structured result, or an error (MCP, Tools, Output Schema). Clients fail
        // otherwise.
        if data.is_none() && !is_error && tool.output(revision).is_some() {
            content.push(text_content(WITHOUT_DATA));
            is_error = true;
        }
        let content = ("content".to_owned(), content.into());
        let mut result = Map::from_iter([content, ("isError".to_owned(), is_error.into())]);
        result.extend(data.map(|data| ("structuredContent".to_owned(), data)));
        result.into()
    }
}

/// Returns whether a revision allows this structured content. Before 2026-07-28 it is an object, and clients compare
/// that of an error with the schema of the tool, too; the text has the same data.
fn is_allowed(data: &Value, is_error: bool, tool: &Tool, revision: Revision) -> bool {
    let has_schema = tool.output(revision).is_some();
    revision.is_stateless() || data.is_object() && !(is_error && has_schema)
}

fn text_content(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}
