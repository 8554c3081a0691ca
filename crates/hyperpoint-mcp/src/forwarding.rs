//! Forwards requests to the handler that `Mcp::handler` sets.

use std::sync::Arc;

use async_stream::stream;
use futures_util::Stream;
use http::StatusCode;
use http::header::HeaderMap;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::handwritten::{Asked, Exchange, Handwritten};
use crate::header_check::mismatch;
use crate::param_headers::param_headers;
use crate::questions::AskedByCall;
use crate::reply::Reply;
use crate::request::Request;
use crate::request_state::StatePurpose;
use crate::revision::Revision;
use crate::rpc::{
    HEADER_MISMATCH, INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY,
    RESOURCE_NOT_FOUND, RpcError, UNSUPPORTED_VERSION,
};
use crate::server::Server;
use crate::until_stop::until_stop;

/// A request that was forwarded to the handler and is being answered.
pub(crate) struct Forwarded {
    server: Arc<Server>,
    id: Value,
    method: String,
    revision: Revision,
    purpose: StatePurpose,
    exchange: Exchange,
    /// The questions that the handler asks on the stream of the call. `None` since MCP 2026-07-28,
    /// in which the handler returns a result `input_required` instead.
    asked: Option<AskedByCall>,
}

/// Forwards a request to the handler, and returns the reply.
pub(crate) async fn forward(
    server: &Arc<Server>,
    handler: &dyn Handwritten,
    request: Request,
    caller: Caller<'_>,
    revision: Revision,
) -> Reply {
    let id = request.id.clone();
    match begin(server, handler, request, caller, revision) {
        Ok(forwarded) => forwarded.answer().await,
        Err(error) => Reply::error(&id, &error),
    }
}

/// Starts to forward a request to the handler. [`Forwarded::next`] returns the handler's messages.
///
/// # Errors
///
/// The error of a request that does not reach the handler: a header differs from the argument that
/// it repeats, `requestState` is invalid, or the message is not a valid request.
pub(crate) fn begin(
    server: &Arc<Server>,
    handler: &dyn Handwritten,
    mut request: Request,
    caller: Caller<'_>,
    revision: Revision,
) -> Result<Forwarded, RpcError> {
    check_param_headers(handler, &request, caller, revision)?;
    let user = caller.user();
    let user = user.as_deref();
    let purpose = StatePurpose::new(user, &request.method, &request.params);
    server.state_seal().open(&purpose, &mut request.params)?;
    let Request { id, method, params } = request;
    let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let exchange = handler
        .begin(message, Asked::new(caller, revision))
        .map_err(|_error| invalid_params(&method))?;
    let asked = (!revision.is_stateless())
        .then(|| server.questions.of_call(user, exchange.answers.clone()));
    let server = Arc::clone(server);
    Ok(Forwarded { server, id, method, revision, purpose, exchange, asked })
}

/// Returns the members of the handler's result for a request without a stream, such as a list, or
/// `null` if the handler does not know the method.
///
/// # Errors
///
/// The error of the handler, an error for invalid parameters, or an internal error if the handler
/// sends no response.
pub(crate) async fn result_of(
    handler: &dyn Handwritten,
    request: &Request,
    caller: Caller<'_>,
    revision: Revision,
) -> Result<Value, RpcError> {
    let Request { id, method, params } = request;
    let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let begun = handler.begin(message, Asked::new(caller, revision));
    let mut exchange = begun.map_err(|_error| invalid_params(method))?;
    loop {
        let Some(mut message) = exchange.messages.recv().await else {
            return Err(RpcError::new(
                INTERNAL_ERROR,
                "Internal error: the handler sent no response",
            ));
        };
        if let Some(result) = message.get_mut("result") {
            return Ok(result.take());
        }
        match message.get("error").map(RpcError::read) {
            Some(error) if error.code == METHOD_NOT_FOUND => return Ok(Value::Null),
            Some(error) => return Err(error),
            // A list has no stream on which the handler could ask the client.
            None if message.get("id").is_some() => refuse(&exchange, &message).await,
            None => {}
        }
    }
}

fn invalid_params(method: &str) -> RpcError {
    RpcError::bad_request(INVALID_PARAMS, format!("Invalid params of `{method}`"))
}

/// Checks that headers which repeat arguments of a tool agree with the arguments (MCP 2026-07-28,
/// Custom Headers from Tool Parameters).
fn check_param_headers(
    handler: &dyn Handwritten,
    request: &Request,
    caller: Caller<'_>,
    revision: Revision,
) -> Result<(), RpcError> {
    if request.method != "tools/call" {
        return Ok(());
    }
    let Some(schema) = request.text("name").and_then(|name| handler.input_schema(name)) else {
        return Ok(());
    };
    let arguments = request.params.get("arguments").and_then(Value::as_object);
    let arguments = arguments.cloned().unwrap_or_default();
    let (params, _) = param_headers(&schema);
    let mut params = params.iter();
    let headers = &caller.request.headers;
    let differs = params.find_map(|param| match revision.is_stateless() {
        true => param.mismatch(headers, &arguments),
        false => param.present_mismatch(headers, &arguments),
    });
    match differs {
        Some(text) => Err(mismatch(&text)),
        None => Ok(()),
    }
}

impl Forwarded {
    /// Returns the response alone if it is the handler's first message, or else a stream of
    /// messages. If the handler sends no message, returns an error.
    async fn answer(mut self) -> Reply {
        let Some(first) = self.next().await else {
            let error =
                RpcError::new(INTERNAL_ERROR, "Internal error: the handler sent no response");
            return Reply::error(&self.id, &error);
        };
        if is_response(&first) {
            let status = status(&first, self.revision);
            return Reply::Json { status, headers: HeaderMap::new(), body: first };
        }
        let server = Arc::clone(&self.server);
        let (id, is_long) = (self.id.clone(), self.method == "subscriptions/listen");
        let messages = self.messages(first);
        match is_long {
            true => Reply::messages(until_stop(&server, &id, messages)),
            false => Reply::messages(messages),
        }
    }

    fn messages(mut self, first: Value) -> impl Stream<Item = Value> + Send {
        stream! {
            yield first;
            while let Some(message) = self.next().await {
                let is_last = is_response(&message);
                yield message;
                if is_last {
                    break;
                }
            }
        }
    }

    /// Returns the next message for the client, or `None` if the handler sends no more messages.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let mut message = self.exchange.messages.recv().await?;
            if is_response(&message) {
                self.finish(&mut message);
                return Some(message);
            }
            if message.get("id").is_none() {
                return Some(message);
            }
            // The message is a question of the handler.
            match &mut self.asked {
                Some(asked) => {
                    asked.ask(&mut message);
                    return Some(message);
                }
                None => refuse(&self.exchange, &message).await,
            }
        }
    }

    /// Seals the state of a response, and adds the members that the revision requires. Since
    /// 2026-07-28, an unknown resource has the error code of invalid parameters.
    fn finish(&self, message: &mut Value) {
        if let Some(result) = message.get_mut("result") {
            self.server.state_seal().seal(&self.purpose, result);
            let result_of = std::mem::take(result);
            *result = self.server.completed(result_of, &self.method, self.revision);
        }
        let code = message.pointer_mut("/error/code");
        if let Some(code) = code
            && self.revision.is_stateless()
            && *code == RESOURCE_NOT_FOUND
        {
            *code = INVALID_PARAMS.into();
        }
    }
}

/// Answers a question of the handler with an error. A handler cannot ask during a list request and,
/// since MCP 2026-07-28, on a stream (Streamable HTTP, Receiving Messages).
async fn refuse(exchange: &Exchange, question: &Value) {
    let text = "the handler cannot ask the client during this request; since 2026-07-28, return \
         the result `input_required` instead";
    let id = question.get("id").cloned().unwrap_or_default();
    let refused = RpcError::new(METHOD_NOT_FOUND, text).response(&id);
    let _ = exchange.answers.send(refused).await;
}

/// Returns whether a message is a response, the last message for a request.
pub(crate) fn is_response(message: &Value) -> bool {
    message.get("result").is_some() || message.get("error").is_some()
}

/// Returns the HTTP status for a response (MCP 2026-07-28, Streamable HTTP; Error Codes).
fn status(message: &Value, revision: Revision) -> StatusCode {
    let code = message.pointer("/error/code").and_then(Value::as_i64);
    let code = code.filter(|_| revision.is_stateless()).and_then(|code| i32::try_from(code).ok());
    match code {
        Some(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Some(HEADER_MISMATCH | UNSUPPORTED_VERSION | MISSING_CAPABILITY) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

#[cfg(test)]
mod tests {
    use hyperpoint_core::Identity;
    use serde_json::Map;
    use tokio::sync::mpsc::channel;

    use super::*;

    /// A handler that sends a notification and this response to every request, or closes without a
    /// message if it is `None`.
    #[derive(Debug)]
    struct Says(Option<Value>);

    impl Handwritten for Says {
        fn offered(&self) -> Value {
            json!({})
        }

        fn input_schema(&self, _: &str) -> Option<Value> {
            None
        }

        fn begin(&self, _: Value, _: Asked) -> Result<Exchange, String> {
            let (says, messages) = channel(2);
            if let Some(response) = &self.0 {
                says.try_send(json!({ "method": "notifications/progress" })).unwrap();
                says.try_send(response.clone()).unwrap();
            }
            Ok(Exchange { messages, answers: channel(1).0, _guard: Box::new(()) })
        }
    }

    /// A handler that asks the client a question, and returns the answer in its result.
    #[derive(Debug)]
    struct Asks;

    impl Handwritten for Asks {
        fn offered(&self) -> Value {
            json!({})
        }

        fn input_schema(&self, _: &str) -> Option<Value> {
            None
        }

        fn begin(&self, _: Value, _: Asked) -> Result<Exchange, String> {
            let (says, messages) = channel(2);
            let (answers, mut answered) = channel(1);
            tokio::spawn(async move {
                says.send(json!({ "id": 3, "method": "roots/list" })).await.unwrap();
                let answer: Value = answered.recv().await.unwrap();
                says.send(json!({ "id": 1, "result": { "got": answer } })).await.unwrap();
            });
            Ok(Exchange { messages, answers, _guard: Box::new(()) })
        }
    }

    async fn listed(response: Option<Value>) -> Result<Value, i32> {
        listed_by(&Says(response)).await
    }

    async fn listed_by(handler: &dyn Handwritten) -> Result<Value, i32> {
        let (parts, ()) = http::Request::new(()).into_parts();
        let identity = Identity::anonymous();
        let caller = Caller { request: &parts, identity: &identity, peer: None, response: &() };
        let (id, method) = (json!(1), "tools/list".to_owned());
        let request = Request { id, method, params: Map::new() };
        let result = result_of(handler, &request, caller, Revision::Stateless).await;
        result.map_err(|error| error.code)
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_asks_within_a_list_is_refused_and_does_not_wait() {
        let list = tokio::time::timeout(std::time::Duration::from_secs(1), listed_by(&Asks));
        let list = list.await.unwrap().unwrap();
        assert_eq!(
            (&list["got"]["id"], &list["got"]["error"]["code"]),
            (&json!(3), &json!(-32601))
        );
    }

    #[tokio::test]
    async fn a_list_that_fails_is_an_error_and_one_that_is_unknown_is_empty() {
        let tools = json!({ "tools": [] });
        assert_eq!(listed(Some(json!({ "result": tools }))).await, Ok(tools));
        let error = |code: i32| Some(json!({ "error": { "code": code, "message": "no" } }));
        assert_eq!(listed(error(METHOD_NOT_FOUND)).await, Ok(Value::Null));
        assert_eq!(listed(error(INVALID_PARAMS)).await, Err(INVALID_PARAMS));
        assert_eq!(listed(None).await, Err(INTERNAL_ERROR));
    }
}
