//! Dispatches the messages of clients by method.

use std::sync::Arc;

use futures_util::future::{BoxFuture, Either, Ready, ready, select};
use futures_util::{FutureExt, StreamExt, pin_mut, stream};
use http::StatusCode;
use http::header::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::call_request::CallRequest;
use crate::caller::Caller;
use crate::cancellation::CallKey;
use crate::forwarding::forward;
use crate::header_check::revision_of;
use crate::listening::listen;
use crate::listing::answer_of_tools;
use crate::message::Message;
use crate::reading::{answer_of_resources, is_of_resources};
use crate::reply::Reply;
use crate::request::Request;
use crate::revision::Revision;
use crate::rpc::{INVALID_REQUEST, METHOD_NOT_FOUND, RpcError, response};
use crate::server::Server;
use crate::subscribing::{SESSION_ID, is_ended, of_topic, subscribe, unknown_session};
use crate::tool_call::call;

/// The methods of earlier revisions that MCP 2026-07-28 does not have.
const OF_INITIALIZED: [&str; 5] =
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

/// The methods that MCP 2026-07-28 added.
const OF_STATELESS: [&str; 2] = ["server/discover", "subscriptions/listen"];

/// Answers the message of a client. The returned future is small: a reply that is ready at once is
/// stored inline, other work is boxed.
pub(crate) fn answer<'a>(
    server: &'a Arc<Server>,
    caller: Caller<'a>,
    text: &[u8],
) -> Either<Ready<Reply>, BoxFuture<'a, Reply>> {
    let now = |reply| Either::Left(ready(reply));
    match Message::parse(text) {
        Err((id, error)) => now(Reply::error(&id, &error)),
        Ok(Message::Notification { .. }) if is_ended(server, caller) => {
            now(Reply::error(&Value::Null, &unknown_session()))
        }
        Ok(Message::Notification { method, params }) => {
            if method == "notifications/cancelled" {
                cancel(server, caller, &params);
            }
            now(Reply::Accepted)
        }
        Ok(Message::Response(answer)) => {
            if server.questions.answer(caller.user().as_deref(), answer) {
                return now(Reply::Accepted);
            }
            let text = "Invalid request: the response belongs to no open question";
            now(Reply::error(&Value::Null, &RpcError::bad_request(INVALID_REQUEST, text)))
        }
        Ok(Message::Call(request)) => match revision_of(&request.stated(), &caller) {
            Ok(Revision::Initialized) if is_ended(server, caller) => {
                now(Reply::error(&request.id, &unknown_session()))
            }
            Ok(revision) => match called(server, caller, request, revision) {
                Ok(work) => Either::Right(work),
                Err(reply) => now(*reply),
            },
            Err(error) => now(Reply::error(&request.id, &error)),
        },
        Ok(Message::Request(request)) => match revision_of(&request.stated(), &caller) {
            Ok(Revision::Stateless) => Either::Right(stateless(server, caller, request).boxed()),
            Ok(Revision::Initialized) => {
                Either::Right(initialized(server, caller, request).boxed())
            }
            Err(error) => now(Reply::error(&request.id, &error)),
        },
    }
}

/// Starts the call of a tool: an endpoint's tool, or the handler's tool if no endpoint's tool has
/// the name.
///
/// # Errors
///
/// The reply, if the call is refused before it reaches the endpoint.
fn called<'a>(
    server: &'a Arc<Server>,
    caller: Caller<'a>,
    request: CallRequest<'_>,
    revision: Revision,
) -> Result<BoxFuture<'a, Reply>, Box<Reply>> {
    let id = request.id.clone();
    let is_of_endpoint =
        request.name.as_deref().is_some_and(|name| server.tools.get(name).is_some());
    let Some(handler) = server.handler().filter(|_| !is_of_endpoint) else {
        let work = call(server, request, caller, revision)?;
        return Ok(match revision {
            Revision::Stateless => work.boxed(),
            Revision::Initialized => cancellable(server, caller, id, work).boxed(),
        });
    };
    let work = forward(server, handler, request.whole(), caller, revision);
    Ok(match revision {
        Revision::Stateless => work.boxed(),
        Revision::Initialized => cancellable(server, caller, id, work).boxed(),
    })
}

/// Answers a request of the MCP revision 2026-07-28.
async fn stateless(server: &Arc<Server>, caller: Caller<'_>, request: Request) -> Reply {
    match request.method.as_str() {
        "server/discover" => Reply::message(response(&request.id, server.discovered())),
        method if OF_INITIALIZED.contains(&method) => not_found(&request, Revision::Stateless),
        "subscriptions/listen" if has_topics(server) => {
            listen(server, caller, request).await.unwrap_or_else(Reply::Refused)
        }
        _ => common(server, caller, request, Revision::Stateless).await,
    }
}

/// Answers a request of an MCP revision before 2026-07-28.
async fn initialized(server: &Arc<Server>, caller: Caller<'_>, request: Request) -> Reply {
    match request.method.as_str() {
        "initialize" => {
            let sessions = server.sessions.as_ref();
            let session =
                sessions.and_then(|sessions| sessions.open(caller.user(), &caller.counted_as()));
            let body = response(&request.id, server.initialized(&request, session.is_some()));
            // Without a session, the client gets an id by which `notifications/cancelled` finds its
            // calls. The server keeps no state for this id.
            let session = session.unwrap_or_else(|| Uuid::new_v4().to_string());
            let session = HeaderValue::try_from(session);
            let headers = HeaderMap::from_iter(session.ok().map(|id| (SESSION_ID, id)));
            Reply::Json { status: StatusCode::OK, headers, body }
        }
        _ if is_ended(server, caller) => Reply::error(&request.id, &unknown_session()),
        "ping" => Reply::message(response(&request.id, json!({}))),
        method if OF_STATELESS.contains(&method) => not_found(&request, Revision::Initialized),
        "resources/subscribe" | "resources/unsubscribe" if of_topic(server, &request) => {
            subscribe(server, caller, &request).await.unwrap_or_else(Reply::Refused)
        }
        _ => {
            let id = request.id.clone();
            let work = common(server, caller, request, Revision::Initialized);
            cancellable(server, caller, id, work).await
        }
    }
}

/// Answers a request from the tools and topics of the host, or forwards it to the handler. Without
/// a handler, other methods are unknown.
async fn common(
    server: &Arc<Server>,
    caller: Caller<'_>,
    request: Request,
    revision: Revision,
) -> Reply {
    match (request.method.as_str(), server.handler()) {
        ("tools/list", _) => {
            let reply = answer_of_tools(server, caller, &request, revision).await;
            reply.unwrap_or_else(Reply::Refused)
        }
        (method, _) if has_topics(server) && is_of_resources(method) => {
            let reply = answer_of_resources(server, caller, request, revision).await;
            reply.unwrap_or_else(Reply::Refused)
        }
        (_, Some(handler)) => forward(server, handler, request, caller, revision).await,
        (_, None) => not_found(&request, revision),
    }
}

fn has_topics(server: &Server) -> bool {
    !server.topics().is_empty()
}

fn not_found(request: &Request, revision: Revision) -> Reply {
    let method: String = request.method.chars().take(128).collect();
    let error = RpcError::new(METHOD_NOT_FOUND, format!("Method not found: {method}"));
    // 404 distinguishes an unknown method from a method that failed (MCP 2026-07-28, Streamable
    // HTTP, Protocol Version Header).
    let status = if revision.is_stateless() { StatusCode::NOT_FOUND } else { error.status };
    Reply::error(&request.id, &RpcError { status, ..error })
}

/// Answers a request that `notifications/cancelled` can cancel. Cancellation drops the work and
/// ends the HTTP response without a JSON-RPC response.
async fn cancellable(
    server: &Arc<Server>,
    caller: Caller<'_>,
    id: Value,
    work: impl Future<Output = Reply>,
) -> Reply {
    let Some(key) = key(caller, &id) else {
        return work.await;
    };
    let open = server.open_calls.open(key);
    let reply = {
        let cancelled = open.cancelled();
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
    CallKey::new(caller.header(&SESSION_ID), caller.user().as_deref(), id)
}
