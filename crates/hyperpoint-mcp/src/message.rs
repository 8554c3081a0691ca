//! Messages of clients.

use serde_json::{Map, Value};

use crate::rpc::{INVALID_REQUEST, PARSE_ERROR, RpcError};

/// The key of the version of a request, since 2026-07-28.
pub(crate) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The key of what the client can do, since 2026-07-28.
pub(crate) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Maximum length of an id or a token of progress, in bytes: they are kept as long as their request.
const MAX_ID_BYTES: usize = 256;

/// A message of a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message {
    Request(Request),
    /// A message that has no response.
    Notification {
        method: String,
        params: Map<String, Value>,
    },
    /// A response to a question of a handler, before 2026-07-28.
    Response(Value),
}

/// A request of a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// A text or an integer.
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Map<String, Value>,
}

impl Message {
    /// Parses a message.
    ///
    /// # Errors
    ///
    /// The error, and the id of the response to it: null if it could not be read.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, (Value, RpcError)> {
        let invalid = |id: &Value, text: &str| {
            (id.clone(), RpcError::bad_request(INVALID_REQUEST, format!("Invalid request: {text}")))
        };
        let parsed: Value = serde_json::from_slice(text).map_err(|_error| {
            (Value::Null, RpcError::bad_request(PARSE_ERROR, "Parse error: the body is not JSON"))
        })?;
        let Value::Object(mut message) = parsed else {
            return Err(invalid(&Value::Null, "the body is one object; batches are not supported"));
        };
        let id = message.remove("id");
        let is_id = |id: &Value| id.is_i64() || id.is_u64() || id.is_string() && is_short(id);
        let known = id.clone().filter(is_id).unwrap_or_default();
        if message.get("jsonrpc").is_none_or(|version| version != "2.0") {
            return Err(invalid(&known, "`jsonrpc` is `2.0`"));
        }
        let method = match message.remove("method") {
            Some(Value::String(method)) => method,
            None if message.contains_key("result") || message.contains_key("error") => {
                if let Some(id) = id {
                    message.insert("id".to_owned(), id);
                }
                return Ok(Self::Response(message.into()));
            }
            _ => return Err(invalid(&known, "`method` is a text")),
        };
        let params = match message.remove("params") {
            Some(Value::Object(params)) => params,
            None => Map::new(),
            Some(_) => return Err(invalid(&known, "`params` is an object")),
        };
        let token = params.get("_meta").and_then(|meta| meta.get("progressToken"));
        if !token.is_none_or(is_short) {
            return Err(invalid(&known, "`progressToken` has at most 256 bytes"));
        }
        match id {
            None => Ok(Self::Notification { method, params }),
            Some(id) if is_id(&id) => Ok(Self::Request(Request { id, method, params })),
            Some(_) => {
                Err(invalid(&Value::Null, "`id` is an integer, or a text of at most 256 bytes"))
            }
        }
    }
}

fn is_short(id: &Value) -> bool {
    id.as_str().is_none_or(|text| text.len() <= MAX_ID_BYTES)
}

impl Request {
    /// Returns a value of `_meta`.
    pub(crate) fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }

    /// Returns the text parameter of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_invalid(text: &str, code: i32, id: &Value) {
        let (found, error) = Message::parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.code, &found), (code, id), "{text}");
    }

    #[test]
    fn what_is_no_message_is_refused_with_its_id_if_it_has_one() {
        check_invalid("{", PARSE_ERROR, &Value::Null);
        check_invalid("[]", INVALID_REQUEST, &Value::Null);
        check_invalid(r#"{"id":1,"method":"ping"}"#, INVALID_REQUEST, &json!(1));
        check_invalid(
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            INVALID_REQUEST,
            &Value::Null,
        );
        check_invalid(
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            INVALID_REQUEST,
            &Value::Null,
        );
        check_invalid(r#"{"jsonrpc":"2.0","id":"a","method":7}"#, INVALID_REQUEST, &json!("a"));
        check_invalid(
            r#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#,
            INVALID_REQUEST,
            &json!(1),
        );
        check_invalid(&"[".repeat(100_000), PARSE_ERROR, &Value::Null);
    }

    #[test]
    fn requests_notifications_and_responses_are_told_apart() {
        let parsed = |text: &str| Message::parse(text.as_bytes()).unwrap();
        let request = parsed(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
        assert!(matches!(request, Message::Request(Request { id, .. }) if id == 1));
        let notification = parsed(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert!(matches!(notification, Message::Notification { .. }));
        let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        let whole = serde_json::from_str(response).unwrap();
        assert_eq!(parsed(response), Message::Response(whole));
    }
}
