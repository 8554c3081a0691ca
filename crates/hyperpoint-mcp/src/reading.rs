//! `resources/list`, `resources/templates/list`, `resources/read`: topics of the host, and
//! resources of the handler.

use std::sync::Arc;

use hyperpoint_core::Problem;
use hyperpoint_topics::Topics;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::forwarding::forward;
use crate::listing::{OwnPage, listed};
use crate::pages::{Page, PageStart, unknown_cursor};
use crate::reply::Reply;
use crate::request::Request;
use crate::resources::{page_of_topics, readable};
use crate::revision::Revision;
use crate::rpc::{INVALID_PARAMS, RESOURCE_NOT_FOUND, RpcError, response};
use crate::server::Server;

/// Returns whether a method lists or reads resources.
pub(crate) fn is_of_resources(method: &str) -> bool {
    ["resources/list", "resources/templates/list", "resources/read"].contains(&method)
}

/// Answers a request about resources of a server that has topics.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials, of an anonymous caller that
/// reads a topic which requires credentials, or of an unavailable backplane.
pub(crate) async fn answer_of_resources(
    server: &Arc<Server>,
    caller: Caller<'_>,
    request: Request,
    revision: Revision,
) -> Result<Reply, Problem> {
    if request.method == "resources/read" {
        return read(server, caller, request, revision).await;
    }
    if request.method == "resources/templates/list" {
        if matches!(PageStart::of(&request), Ok(PageStart::Host(from)) if from > 0) {
            return Ok(Reply::error(&request.id, &unknown_cursor()));
        }
        let (name, page) = ("resourceTemplates", Page::empty());
        let templates = OwnPage { name, page, is_free: &|_| true };
        return Ok(listed(server, caller, &request, revision, templates).await);
    }
    let (topics, size) = (server.topics(), server.page_size());
    let page = match PageStart::of(&request) {
        Ok(PageStart::Host(from)) if from >= topics.len() => {
            return Ok(Reply::error(&request.id, &unknown_cursor()));
        }
        Ok(PageStart::Host(from)) => page_of_topics(topics, caller, from, size).await?,
        _ => Page::empty(),
    };
    let is_free = |entry: &Value| entry.get("uri").is_none_or(|uri| !is_topic(server, uri));
    Ok(listed(
        server,
        caller,
        &request,
        revision,
        OwnPage { name: "resources", page, is_free: &is_free },
    )
    .await)
}

fn is_topic(server: &Server, uri: &Value) -> bool {
    server.topics().iter().any(|topic| *uri == *topic.resource.uri)
}

async fn read(
    server: &Arc<Server>,
    caller: Caller<'_>,
    request: Request,
    revision: Revision,
) -> Result<Reply, Problem> {
    let uri = request.params.get("uri").cloned().unwrap_or_default();
    let Some(topic) = server.topics().iter().find(|topic| uri == *topic.resource.uri) else {
        return Ok(match server.handler() {
            Some(handler) => forward(server, handler, request, caller, revision).await,
            None => unknown(&request, &uri, revision),
        });
    };
    let is_readable = !readable([topic], caller).await?.is_empty();
    let topics = server.application().and_then(|application| application.service::<Topics>());
    let Some(topics) = topics.filter(|_| is_readable) else {
        // An anonymous caller receives the challenge of the topic. To an authenticated user, a
        // topic that the user may not read is reported as unknown.
        return match topic.refusal(caller) {
            Some(problem) => Err(problem),
            None => Ok(unknown(&request, &uri, revision)),
        };
    };
    let contents = server.completed(topic.contents(&topics).await?, &request.method, revision);
    Ok(Reply::message(response(&request.id, contents)))
}

/// Returns the error for a request whose resource does not exist, or whose `uri` is not a string.
pub(crate) fn unknown(request: &Request, uri: &Value, revision: Revision) -> Reply {
    let (code, text) = match uri.is_string() {
        true if revision.is_stateless() => (INVALID_PARAMS, "Resource not found"),
        true => (RESOURCE_NOT_FOUND, "Resource not found"),
        false => (INVALID_PARAMS, "Invalid params: `uri` must be a string"),
    };
    let error = RpcError { data: Some(json!({ "uri": uri })), ..RpcError::new(code, text) };
    Reply::error(&request.id, &error)
}
