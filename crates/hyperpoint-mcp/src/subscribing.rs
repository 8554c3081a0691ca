//! `resources/subscribe` and `resources/unsubscribe`, of MCP revisions before 2026-07-28: the
//! stream of the client's session sends the changes of topics.

use std::sync::Arc;

use http::StatusCode;
use http::header::HeaderName;
use hyperpoint_core::Problem;
use hyperpoint_topics::Topics;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::reading::unknown;
use crate::reply::Reply;
use crate::request::Request;
use crate::resources::readable;
use crate::revision::Revision;
use crate::rpc::{INVALID_REQUEST, RpcError, UNKNOWN_SESSION, response};
use crate::server::Server;
use crate::session::Session;
use crate::sessions::Named;

/// The header that carries the session id in MCP revisions before 2026-07-28.
pub(crate) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Returns the session that a request names.
pub(crate) fn session_of(server: &Server, caller: Caller<'_>) -> Named {
    let id = caller.header(&SESSION_ID);
    let sessions = server.sessions.as_ref();
    sessions.map_or(Named::Unknown, |sessions| sessions.find(id, caller.user().as_deref()))
}

/// Returns whether a request names a session of this process that has ended or belongs to another
/// user. A session of another process is not an error: all requests except subscriptions are
/// answered without a session.
pub(crate) fn is_ended(server: &Server, caller: Caller<'_>) -> bool {
    matches!(session_of(server, caller), Named::Ended)
}

/// Returns the error that makes a client initialize again (MCP 2025-11-25, Session Management).
pub(crate) fn unknown_session() -> RpcError {
    let text = "Session not found: initialize again";
    RpcError { status: StatusCode::NOT_FOUND, ..RpcError::new(UNKNOWN_SESSION, text) }
}

/// Returns whether the server answers a subscription itself: it has sessions, and the URI is that
/// of a topic or there is no handler.
pub(crate) fn of_topic(server: &Server, request: &Request) -> bool {
    server.sessions.is_some() && (index_of(server, request).is_some() || server.handler().is_none())
}

fn index_of(server: &Server, request: &Request) -> Option<usize> {
    let uri = request.text("uri")?;
    server.topics().iter().position(|topic| topic.resource.uri == uri)
}

/// Answers `resources/subscribe` and `resources/unsubscribe` of a topic.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials, of an anonymous caller that
/// subscribes to a topic which requires credentials, or of an unavailable backplane.
pub(crate) async fn subscribe(
    server: &Arc<Server>,
    caller: Caller<'_>,
    request: &Request,
) -> Result<Reply, Problem> {
    let session = match session_of(server, caller) {
        Named::Open(session) => session,
        _ if !caller.has(&SESSION_ID) => {
            let text = "Invalid request: a subscription needs a session; initialize first";
            return Ok(Reply::error(&request.id, &RpcError::bad_request(INVALID_REQUEST, text)));
        }
        _ => return Ok(Reply::error(&request.id, &unknown_session())),
    };
    let done = || Reply::message(response(&request.id, json!({})));
    let index = index_of(server, request);
    if request.method == "resources/unsubscribe" {
        session.retain(|topic| Some(topic) != index);
        return Ok(done());
    }
    let topics = server.application().and_then(|application| application.service::<Topics>());
    let topic = index.and_then(|index| Some((index, server.topics().get(index)?)));
    let (Some((index, topic)), Some(topics)) = (topic, topics) else {
        return Ok(unknown_resource(request));
    };
    if readable([topic], caller).await?.is_empty() {
        return topic.refusal(caller).map_or_else(|| Ok(unknown_resource(request)), Err);
    }
    if !session.has(index) {
        session.subscribe(index, topic.changes(&topics).await?);
    }
    Ok(done())
}

fn unknown_resource(request: &Request) -> Reply {
    let uri = request.params.get("uri").cloned().unwrap_or(Value::Null);
    unknown(request, &uri, Revision::Initialized)
}

/// Removes the subscriptions of a session to topics that the caller may no longer read.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials.
pub(crate) async fn check_subscriptions(
    server: &Server,
    session: &Session,
    caller: Caller<'_>,
) -> Result<(), Problem> {
    let readable = readable(server.topics(), caller).await?;
    session.retain(|index| {
        let topic = server.topics().get(index);
        topic.is_some_and(|topic| readable.iter().any(|known| std::ptr::eq(*known, topic)))
    });
    Ok(())
}
