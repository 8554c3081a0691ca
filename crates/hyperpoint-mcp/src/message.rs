//! Messages of clients.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::call_request::{CallParams, CallRequest};
use crate::json::{Object, checked};
use crate::request::{LONG_TOKEN, Request, is_short};
use crate::rpc::{INVALID_REQUEST, PARSE_ERROR, RpcError};

/// A JSON-RPC message of a client.
#[derive(Clone, Debug)]
pub(crate) enum Message<'a> {
    /// A request with the method `tools/call`, whose arguments are not parsed.
    Call(CallRequest<'a>),
    /// A request with another method.
    Request(Request),
    /// A message without an id, which has no response.
    Notification { method: String, params: Map<String, Value> },
    /// A response to a question of a handler, in MCP revisions before 2026-07-28.
    Response(Value),
}

/// The members of a `tools/call` request, whose arguments are not parsed.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    id: Value,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    params: Object<CallParams<'a>>,
}

impl<'a> Message<'a> {
    /// Parses a message. A `tools/call` request that repeats a member, such as the tool's name, is
    /// an error, because a proxy may have used the other value.
    ///
    /// # Errors
    ///
    /// The error, with the id of the request, or null if the id cannot be read.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, (Value, RpcError)> {
        let json = std::str::from_utf8(text).unwrap_or_default();
        let fault = match serde_json::from_str(json) {
            Ok(Object(call @ Call { .. })) if call.is_valid() && checked(json).is_some() => {
                let Call { id, params: Object(params), .. } = call;
                let request = CallRequest::new(id, json, params);
                return request.map(Self::Call).map_err(|(id, text)| invalid(id, text));
            }
            Ok(_) => None,
            Err(fault) => Some(fault),
        };
        Self::other(json, fault.as_ref())
    }

    /// Parses a message that is not a valid call.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Message::parse`]. The error of an invalid call contains
    /// `fault`.
    fn other(json: &str, fault: Option<&serde_json::Error>) -> Result<Self, (Value, RpcError)> {
        let parsed: Value = serde_json::from_str(json).map_err(|_error| {
            let text = "Parse error: the body is not JSON";
            (Value::Null, RpcError::bad_request(PARSE_ERROR, text))
        })?;
        let Value::Object(mut message) = parsed else {
            let text = "the body must be one JSON object; batches are not supported";
            return Err(invalid(Value::Null, text));
        };
        let id = message.remove("id");
        let known = || id.clone().filter(is_id).unwrap_or_default();
        if message.get("jsonrpc").is_none_or(|version| version != "2.0") {
            return Err(invalid(known(), "`jsonrpc` must be `2.0`"));
        }
        let method = match message.remove("method") {
            Some(Value::String(method)) => method,
            None if message.contains_key("result") || message.contains_key("error") => {
                message.extend(id.map(|id| ("id".to_owned(), id)));
                return Ok(Self::Response(message.into()));
            }
            _ => return Err(invalid(known(), "`method` must be a string")),
        };
        let params = match message.remove("params") {
            Some(Value::Object(params)) => params,
            None => Map::new(),
            Some(_) => return Err(invalid(known(), "`params` must be an object")),
        };
        let token = params.get("_meta").and_then(|meta| meta.get("progressToken"));
        if !token.is_none_or(is_short) {
            return Err(invalid(known(), LONG_TOKEN));
        }
        match id {
            None => Ok(Self::Notification { method, params }),
            Some(id) if is_id(&id) && method == "tools/call" => {
                let fault = fault.map(ToString::to_string).unwrap_or_default();
                Err(invalid(id, &fault))
            }
            Some(id) if is_id(&id) => Ok(Self::Request(Request { id, method, params })),
            Some(_) => Err(invalid(
                Value::Null,
                "`id` must be an integer, or a string of at most 256 bytes",
            )),
        }
    }
}

impl Call<'_> {
    fn is_valid(&self) -> bool {
        self.method == "tools/call" && self.jsonrpc == "2.0" && is_id(&self.id)
    }
}

#[cold]
fn invalid(id: Value, text: &str) -> (Value, RpcError) {
    (id, RpcError::bad_request(INVALID_REQUEST, format!("Invalid request: {text}")))
}

fn is_id(id: &Value) -> bool {
    id.is_i64() || id.is_u64() || id.is_string() && is_short(id)
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
        check_invalid(r#"["2.0",1,"ping"]"#, INVALID_REQUEST, &Value::Null);
        let call = |members: &str| format!(r#"{{"jsonrpc":"2.0","id":1,{members}}}"#);
        for members in [
            r#""method":"tools/call","params":[]"#,
            r#""method":"tools/call","params":{"name":"a","name":"b"}"#,
            r#""method":"tools/call","params":{"_meta":{"progressToken":1,"progressToken":2}}"#,
        ] {
            check_invalid(&call(members), INVALID_REQUEST, &json!(1));
        }
        let twice = call(r#""method":"ping","method":"tools/call""#);
        check_invalid(&twice, INVALID_REQUEST, &json!(1));
    }

    #[test]
    fn requests_notifications_and_responses_are_told_apart() {
        fn parsed(text: &str) -> Message<'_> {
            Message::parse(text.as_bytes()).unwrap()
        }
        let request = parsed(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
        assert!(matches!(request, Message::Request(Request { id, .. }) if id == 1));
        let notification = parsed(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert!(matches!(notification, Message::Notification { .. }));
        let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        let whole: Value = serde_json::from_str(response).unwrap();
        assert!(matches!(parsed(response), Message::Response(response) if response == whole));
        for call in [
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#,
            r#" { "params" : { "\u006eame" : "\u0061" } , "method" : "tools\/call" , "id" : 1 , "jsonrpc" : "2.0" } "#,
        ] {
            let call = parsed(call);
            assert!(matches!(call, Message::Call(call) if call.name.as_deref() == Some("a")));
        }
    }
}
