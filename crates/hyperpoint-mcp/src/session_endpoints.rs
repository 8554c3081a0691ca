//! The endpoints of sessions, for MCP revisions before 2026-07-28: GET opens the stream of
//! notifications, DELETE ends the session.

use std::sync::Arc;

use futures_util::StreamExt;
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, Events, FromServices, Problem, Result};
use hyperpoint_sse::StreamItem;
use serde_json::json;

use crate::caller::{Caller, Reserve};
use crate::header_check::VERSION;
use crate::revision::INITIALIZED;
use crate::rpc::notification;
use crate::server::Server;
use crate::sessions::Named;
use crate::subscribing::{SESSION_ID, check_subscriptions, session_of};
use crate::transport::Transport;

/// The endpoint that sends the stream of a session.
#[derive(Debug, Default)]
pub(crate) struct SessionStream(pub(crate) Arc<Transport>);

/// The endpoint that ends a session.
#[derive(Debug, Default)]
pub(crate) struct SessionEnd(pub(crate) Arc<Transport>);

impl FromServices for SessionStream {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

impl FromServices for SessionEnd {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

impl Endpoint for SessionStream {
    type Request = ();
    type Response = Events;

    // `ServeMcp::mcp` sets the path and the settings.
    fn configure(_: &mut Config) {}

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let caller = caller(&cx, &cx.send);
        let server = server(&self.0, caller)?;
        let Named::Open(session) = session_of(server, caller) else {
            return Err(unknown_session());
        };
        if caller.request.method == Method::HEAD {
            // A HEAD opens no stream, and must not end the open one.
            let allowed = HeaderValue::from_static("DELETE, GET, OPTIONS, POST");
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, allowed));
        }
        check_subscriptions(server, &session, caller).await?;
        let known = Arc::clone(server);
        let message_of = move |topic: usize| {
            let uri = known.topics().get(topic).map(|topic| topic.resource.uri.clone());
            let message = notification("notifications/resources/updated", &json!({ "uri": uri }));
            StreamItem::json(&message).map_err(Problem::from)
        };
        let changes = session.open_stream().take_until(cx.stopping.requested());
        cx.send.stream_items_async(changes.map(message_of)).await
    }
}

impl Endpoint for SessionEnd {
    type Request = ();
    type Response = ();

    // `ServeMcp::mcp` sets the path and the settings.
    fn configure(_: &mut Config) {}

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let caller = caller(&cx, &cx.send);
        let server = server(&self.0, caller)?;
        let (id, user) = (caller.header(&SESSION_ID), caller.user());
        let sessions = server.sessions.as_ref();
        match sessions.is_some_and(|sessions| sessions.end(id, user.as_deref())) {
            true => cx.send.no_content_async().await,
            false => Err(unknown_session()),
        }
    }
}

fn caller<'a, E: Endpoint>(cx: &'a Cx<'_, E>, response: &'a dyn Reserve) -> Caller<'a> {
    Caller { request: cx.request, identity: cx.identity, peer: cx.peer, response }
}

/// Returns the server, if the request has a session id.
///
/// # Errors
///
/// A 404 if the server is not set yet. A 421 or 403 if the host or the origin of the request is not
/// allowed. A 405 without a session id, because there is nothing to get or to delete (MCP
/// 2025-11-25, Listening for Messages from the Server). A 400 for a revision without sessions.
fn server<'t>(transport: &'t Transport, caller: Caller<'_>) -> Result<&'t Arc<Server>, Problem> {
    let server = transport.server().ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
    let request = caller.request;
    server.names.check(&request.uri, &request.headers)?;
    if !caller.has(&SESSION_ID) {
        let allowed = HeaderValue::from_static("OPTIONS, POST");
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, allowed));
    }
    let is_known = caller.header(&VERSION).is_some_and(|version| INITIALIZED.contains(&version));
    if caller.has(&VERSION) && !is_known {
        let problem = Problem::new(StatusCode::BAD_REQUEST);
        return Err(problem.detail("this revision of the protocol has no sessions"));
    }
    Ok(server)
}

fn unknown_session() -> Problem {
    Problem::new(StatusCode::NOT_FOUND).detail("unknown session; initialize again")
}
