//! Messages to an application in memory, by both revisions.

use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use hyperpoint::Application;
use hyperpoint::sse::{Decoded, Decoder};
use serde_json::{Value, json};

use crate::wire::memory::Memory;

/// The response to a message.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The message, or the messages of a stream; null without a body.
    pub(crate) body: Value,
}

impl Answered {
    /// Returns the result, which has to be there.
    pub(crate) fn result(&self) -> &Value {
        assert!(self.body.get("result").is_some(), "{self:?}");
        &self.body["result"]
    }

    /// Returns status and code of an error of the protocol.
    pub(crate) fn error(&self) -> (u16, i64) {
        (self.status.as_u16(), self.body["error"]["code"].as_i64().unwrap_or(0))
    }
}

/// Begins a POST of 2026-07-28, without the headers that a body has to agree with.
pub(crate) fn post() -> Builder {
    Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
}

/// Returns the message of a request of 2026-07-28.
pub(crate) fn stateless(method: &str, params: Value) -> Value {
    let mut params = params;
    let meta = params.get("_meta").cloned().unwrap_or(json!({}));
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let meta = meta.as_object().unwrap().clone();
    params["_meta"].as_object_mut().unwrap().extend(meta);
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

/// Sends a POST as it is.
pub(crate) async fn send(app: &Application, request: Builder, body: &Value) -> Answered {
    let mut memory = Memory::ask(app, request.body(body.to_string()).unwrap()).await;
    let text = memory.rest().await;
    let head = memory.head;
    let is_stream =
        head.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let body = match is_stream {
        true => messages(&text).into(),
        false => serde_json::from_str(&text).unwrap_or_default(),
    };
    Answered { status: head.status, headers: head.headers, body }
}

/// Returns the messages of a stream.
pub(crate) fn messages(text: &str) -> Vec<Value> {
    let mut decoder = Decoder::new();
    decoder.push(text.as_bytes()).unwrap();
    let mut found = Vec::new();
    while let Some(decoded) = decoder.pop() {
        if let Decoded::Event(event) = decoded {
            found.push(serde_json::from_str(&event.data).unwrap());
        }
    }
    found
}

/// Sends a request of 2026-07-28 with the headers that it has to have.
pub(crate) async fn ask(app: &Application, method: &str, params: Value) -> Answered {
    ask_with(app, post(), method, params).await
}

/// Sends a request of 2026-07-28 with further headers.
pub(crate) async fn ask_with(
    app: &Application,
    request: Builder,
    method: &str,
    params: Value,
) -> Answered {
    let mut request =
        request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
    if let Some(name) = params.get("name").and_then(Value::as_str) {
        request = request.header("mcp-name", name);
    }
    send(app, request, &stateless(method, params)).await
}

/// Calls a tool by 2026-07-28, as the user of this key.
pub(crate) async fn call(app: &Application, key: &str, name: &str, arguments: Value) -> Answered {
    let request = post().header("x-api-key", key);
    ask_with(app, request, "tools/call", json!({ "name": name, "arguments": arguments })).await
}

/// Sends a request of 2025-11-25.
pub(crate) async fn ask_initialized(app: &Application, method: &str, params: Value) -> Answered {
    let request = post().header("mcp-protocol-version", "2025-11-25");
    let body = json!({ "jsonrpc": "2.0", "id": "a", "method": method, "params": params });
    send(app, request, &body).await
}
