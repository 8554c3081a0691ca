//! The results of tool calls.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::LOCATION;
use http::{StatusCode, response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::essence::essence;
use crate::json::checked;
use crate::revision::Revision;
use crate::tool::Tool;

/// The text that a model receives if its call succeeded without the data that the tool declares.
const WITHOUT_DATA: &str = "the call has succeeded, but returned no data; do not repeat it";

/// The result of a tool call, which may borrow from the body of the response.
#[derive(Clone, Debug)]
pub(crate) struct CallResult<'r> {
    content: Content<'r>,
    /// The structured content, as JSON.
    structured: Option<&'r str>,
    is_error: bool,
}

#[derive(Clone, Debug)]
enum Content<'r> {
    Nothing,
    Text(Cow<'r, str>),
    /// A content object with an image, audio or other bytes in Base64.
    Other(Value),
}

impl<'r> CallResult<'r> {
    /// Creates a successful result without content.
    pub(crate) fn empty() -> Self {
        Self { content: Content::Nothing, structured: None, is_error: false }
    }

    pub(crate) fn error(text: impl Into<Cow<'r, str>>) -> Self {
        Self { content: Content::Text(text.into()), structured: None, is_error: true }
    }

    /// Creates the result of a response with this status, content type and body. A 4xx or 5xx
    /// becomes a result with `isError`, so that the model sees which argument to correct.
    pub(crate) fn of(status: StatusCode, content_type: &str, body: &'r [u8]) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        if body.is_empty() {
            let reason = status.canonical_reason().unwrap_or_default();
            return if is_error { Self::error(reason) } else { Self::empty() };
        }
        let text = std::str::from_utf8(body).ok();
        if essence(content_type) == "application/json"
            && let Some(text) = text
        {
            let content = Content::Text(text.into());
            return Self { content, structured: checked(text), is_error };
        }
        let essence = essence(content_type).to_ascii_lowercase();
        let is_json = essence == "application/json" || essence.ends_with("+json");
        let structured = text.filter(|_| is_json).and_then(checked);
        let content = match (text, essence.split('/').next()) {
            (Some(text), Some(kind)) if structured.is_some() || kind == "text" => {
                Content::Text(text.into())
            }
            (_, Some(kind @ ("image" | "audio"))) => Content::Other(
                json!({ "type": kind, "data": STANDARD.encode(body), "mimeType": essence }),
            ),
            (Some(text), _) if is_json => Content::Text(text.into()),
            _ => Content::Other(json!({
                "type": "resource",
                "resource": {
                    "uri": "about:blank", "mimeType": essence, "blob": STANDARD.encode(body),
                },
            })),
        };
        Self { content, structured, is_error }
    }

    /// Creates the result of a redirect: an error, because redirects are not followed. The error
    /// names the target only if it is a path of this host, so that a model is not sent to another
    /// host.
    pub(crate) fn redirect(head: &response::Parts) -> Self {
        let location = head.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let is_own = |path: &&str| {
            path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\")
        };
        match location.filter(is_own) {
            Some(path) => Self::error(format!("the endpoint redirects to `{path}`")),
            None => Self::error("the endpoint redirects"),
        }
    }

    /// Creates a successful result from the data of an event.
    pub(crate) fn of_event(data: &'r str) -> Self {
        let structured = checked(data);
        Self { content: Content::Text(data.into()), structured, is_error: false }
    }

    /// Creates an error result from the data of an event that is a problem document.
    pub(crate) fn of_problem_event(data: &'r str) -> Self {
        Self { is_error: true, ..Self::of_event(data) }
    }

    /// Returns the response to the request with this id, as JSON. `end` is the JSON of further
    /// members of the result, with a leading comma, or empty.
    pub(crate) fn response(
        &self,
        id: &Value,
        (tool, revision): (&Tool, Revision),
        end: &str,
    ) -> Vec<u8> {
        let structured =
            self.structured.filter(|data| is_allowed(data, self.is_error, tool, revision));
        // A tool with an output schema must return structured content or an error (MCP, Tools,
        // Output Schema). Clients reject other results.
        let lacks_data = structured.is_none() && !self.is_error && tool.output(revision).is_some();
        let text_len = if let Content::Text(text) = &self.content { text.len() } else { 0 };
        let data_len = structured.map_or(0, str::len);
        // Reserves half of the text's length for escape sequences, most of which escape quotes.
        let mut json = Vec::with_capacity(160 + text_len + text_len / 2 + data_len + end.len());
        json.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        write(&mut json, id);
        json.extend_from_slice(br#","result":{"content":["#);
        match &self.content {
            Content::Nothing => {}
            Content::Text(text) => write_text_content(&mut json, text),
            Content::Other(content) => write(&mut json, content),
        }
        if lacks_data {
            if !matches!(self.content, Content::Nothing) {
                json.push(b',');
            }
            write_text_content(&mut json, WITHOUT_DATA);
        }
        json.extend_from_slice(br#"],"isError":"#);
        json.extend_from_slice(if self.is_error || lacks_data { b"true" } else { b"false" });
        if let Some(data) = structured {
            json.extend_from_slice(br#","structuredContent":"#);
            json.extend_from_slice(data.as_bytes());
        }
        json.extend_from_slice(end.as_bytes());
        json.extend_from_slice(b"}}");
        json
    }
}

/// Returns whether a revision allows this structured content. Before 2026-07-28, the content must
/// be an object, and clients also validate the content of an error against the tool's output
/// schema, so an error of a tool with an output schema has only text. The text contains the same
/// data.
fn is_allowed(data: &str, is_error: bool, tool: &Tool, revision: Revision) -> bool {
    let has_schema = || tool.output(revision).is_some();
    revision.is_stateless() || data.starts_with('{') && !(is_error && has_schema())
}

fn write_text_content(json: &mut Vec<u8>, text: &str) {
    json.extend_from_slice(br#"{"type":"text","text":"#);
    write(json, text);
    json.push(b'}');
}

/// Appends a value to `json`.
fn write(json: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Cannot fail: writing to memory has no errors, and these values serialize.
    let _ = serde_json::to_writer(json, value);
}
