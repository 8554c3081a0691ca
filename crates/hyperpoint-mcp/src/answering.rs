//! Answers messages: the table of the methods.

use std::sync::Arc;

use futures_util::future::{Either, select};
use futures_util::{StreamExt, pin_mut, stream};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use hyperpoint_core::Problem;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::caller::Caller;
use crate::cancellation::CallKey;
use crate::header_check::revision_of;
use crate::message::{Message, Request};
use crate::reply::Reply;
use crate::revision::Revision;
use crate::rpc::{INVALID_REQUEST, METHOD_NOT_FOUND, RpcError, response};
use crate::server::Server;
use crate::tool_call::call;

/// The header of a session, before 2026-07-28.
const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Answers the message of a client.
pub(crate) async fn answer(server: &Arc<Server>, caller: Caller<'_>, text: &[u8]) -> Reply {
    match Message::parse(text) {
        Err((id, error)) => Reply::error(&id, &error),
        Ok(Message::Notification { method, params }) => {
            if method == "notifications/cancelled" {
                cancel(server, caller, &params);
            }
            Reply::Accepted
        }
        Ok(Message::Response) => {
            let text = "Invalid request: this server asks its clients nothing";
            Reply::error(&Value::Null, &RpcError::bad_request(INVALID_REQUEST, text))
        }
        Ok(Message::Request(request)) => match revision_of(&request, &caller) {
            Ok(Revision::Stateless) => stateless(server, caller, request).await,
            Ok(Revision::Initialized) => initialized(server, caller, request).await,
            Err(error) => Reply::error(&request.id, &error),
        },
    }
}

/// Answers a request of 2026-07-28.
async fn stateless(server: &Arc<Server>, caller: Caller<'_>, request: Request) -> Reply {
    match request.method.as_str() {
        "server/discover" => Reply::message(response(&request.id, &server.discovered())),
        "tools/list" => listed(server, caller, &request, Revision::Stateless).await,
        "tools/call" => call(server, request, caller, Revision::Stateless).await,
        // 404 tells it from a method that failed (MCP 2026-07-28, Streamable HTTP, Protocol Version Header).
        method => Reply::error(
            &request.id,
            &RpcError { status: StatusCode::NOT_FOUND, ..unknown(method) },
        ),
    }
}

/// Answers a request of the revisions before 2026-07-28.
async fn initialized(server: &Arc<Server>, caller: Caller<'_>, request: Request) -> Reply {
    match request.method.as_str() {
        "initialize" => {
            let body = response(&request.id, &server.initialized(&request));
            // A name by which `notifications/cancelled` finds the calls of its client. Nothing is kept for it.
            let session = HeaderValue::try_from(Uuid::new_v4().to_string());
            let headers = HeaderMap::from_iter(session.ok().map(|id| (SESSION_ID, id)));
            Reply::Json { status: StatusCode::OK, headers, body }
        }
        "ping" => Reply::message(response(&request.id, &json!({}))),
        "tools/list" => listed(server, caller, &request, Revision::Initialized).await,
        "tools/call" => cancellable(server, caller, request).await,
        method => Reply::error(&request.id, &unknown(method)),
    }
}

fn unknown(method: &str) -> RpcError {
    let method: String = method.chars().take(128).collect();
    RpcError::new(METHOD_NOT_FOUND, format!("Method not found: {method}"))
}

async fn listed(
    server: &Server,
    caller: Caller<'_>,
    request: &Request,
    revision: Revision,
) -> Reply {
    match server.listed(caller, revision).await {
        Ok(result) => Reply::message(response(&request.id, &result)),
        Err(problem) => refused(&problem),
    }
}

/// Returns the refusal of a scheme.
fn refused(problem: &Problem) -> Reply {
    let body = serde_json::from_str(&problem.to_json()).unwrap_or_default();
    Reply::Json { status: problem.status(), headers: HeaderMap::new(), body }
}

/// Answers a call that `notifications/cancelled` ends: its handler is dropped, and no response is sent.
async fn cancellable(server: &Arc<Server>, caller: Caller<'_>, request: Request) -> Reply {
    let Some(key) = key(caller, &request.id) else {
        return call(server, request, caller, Revision::Initialized).await;
    };
    let open = server.open_calls.open(key);
    let reply = {
        let (cancelled, work) =
            (open.cancelled(), call(server, request, caller, Revision::Initialized));
        pin_mut!(cancelled, work);
        match select(cancelled, work).await {
            Either::Left(((), _)) => Reply::Messages(Box::pin(stream::empty())),
            Either::Right((reply, _)) => reply,
        }
    };
    match reply {
        Reply::Messages(messages) => {
            let cancelled = Box::pin(async move { open.cancelled().await });
            Reply::Messages(Box::pin(messages.take_until(cancelled)))
        }
        reply => reply,
    }
}

fn cancel(server: &Server, caller: Caller<'_>, params: &Map<String, Value>) {
    let id = params.get("requestId");
    if let Some(key) = id.and_then(|id| key(caller, id)) {
        server.open_calls.cancel(&key);
    }
}

fn key(caller: Caller<'_>, id: &Value) -> Option<CallKey> {
    CallKey::new(caller.header(SESSION_ID.as_str()), caller.identity.subject(), id)
}
