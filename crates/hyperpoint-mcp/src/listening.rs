//! `subscriptions/listen`: the long-lived stream of MCP 2026-07-28, which notifies clients of
//! changes.

use std::sync::Arc;

use async_stream::stream;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll, iter, pending, select};
use http::StatusCode;
use hyperpoint_core::Problem;
use hyperpoint_topics::Topics;
use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::forwarding::{Forwarded, begin, is_response};
use crate::reply::Reply;
use crate::request::Request;
use crate::resources::{GuardedTopic, readable};
use crate::revision::Revision;
use crate::rpc::notification;
use crate::server::Server;
use crate::until_stop::{SUBSCRIPTION, until_stop};

/// The member of a subscription filter with the URIs of resources.
const RESOURCES: &str = "resourceSubscriptions";

/// Answers `subscriptions/listen` of a server that has topics.
///
/// # Errors
///
/// The problem of a scheme that cannot check the caller's credentials, or of an unavailable
/// backplane. A 503 if the application is gone.
pub(crate) async fn listen(
    server: &Arc<Server>,
    caller: Caller<'_>,
    request: Request,
) -> Result<Reply, Problem> {
    let readable = readable(server.topics(), caller).await?;
    let wanted = wanted(&request, &readable);
    let Some(topics) = server.application().and_then(|application| application.service()) else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE));
    };
    let changes = changes(&request.id, &wanted, &topics).await?;
    let others = without(&request, server.topics());
    let forwarded =
        server.handler().map(|handler| begin(server, handler, others, caller, Revision::Stateless));
    // A handler without subscriptions answers with an error, and sends no other message.
    let mut forwarded = forwarded.and_then(Result::ok);
    let first = match &mut forwarded {
        Some(forwarded) => forwarded.next().await.filter(|message| !is_response(message)),
        None => None,
    };
    let acknowledged = acknowledged(&request.id, &wanted, first.as_ref());
    let of_handler = forwarded.filter(|_| first.is_some());
    let messages = select(changes, of_handler.map(rest).into_iter().collect::<SelectAll<_>>());
    // The stream stays open until the client closes it or the host stops, even without a
    // subscription.
    let all = iter([acknowledged]).chain(messages).chain(pending());
    Ok(Reply::messages(until_stop(server, &request.id, all)))
}

/// Returns the handler's messages after its acknowledgment, without its response: changes of topics
/// are still sent after the handler has finished.
fn rest(mut forwarded: Forwarded) -> BoxStream<'static, Value> {
    let messages = stream! {
        while let Some(message) = forwarded.next().await {
            if !is_response(&message) {
                yield message;
            }
        }
    };
    messages.boxed()
}

/// Returns the topics whose URIs a request names, each topic once.
fn wanted<'t>(request: &Request, topics: &[&'t GuardedTopic]) -> Vec<&'t GuardedTopic> {
    let named = request.params.get("notifications").and_then(|filter| filter.get(RESOURCES));
    let named = named.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_named = |topic: &&&GuardedTopic| named.iter().any(|uri| *uri == *topic.resource.uri);
    topics.iter().filter(is_named).copied().collect()
}

/// Returns the request for the handler, without the URIs of topics.
fn without(request: &Request, topics: &[GuardedTopic]) -> Request {
    let mut request = request.clone();
    let filter = request.params.get_mut("notifications");
    if let Some(Value::Array(named)) = filter.and_then(|filter| filter.get_mut(RESOURCES)) {
        named.retain(|uri| !topics.iter().any(|topic| *uri == *topic.resource.uri));
    }
    request
}

/// Returns the acknowledgment of a subscription, with its topics and the notifications that the
/// handler agreed to.
fn acknowledged(id: &Value, topics: &[&GuardedTopic], of_handler: Option<&Value>) -> Value {
    let agreed = of_handler.and_then(|message| message.pointer("/params/notifications"));
    let mut agreed = agreed.and_then(Value::as_object).cloned().unwrap_or_default();
    let uris = topics.iter().map(|topic| json!(topic.resource.uri));
    let known = agreed.remove(RESOURCES);
    let known = known.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let all: Vec<Value> = known.into_iter().chain(uris).collect();
    if !all.is_empty() {
        agreed.insert(RESOURCES.to_owned(), all.into());
    }
    tagged("notifications/subscriptions/acknowledged", id, [("notifications", agreed.into())])
}

/// Returns a stream with a notification for each change of these topics.
///
/// # Errors
///
/// The problem of an unavailable backplane.
async fn changes(
    id: &Value,
    wanted: &[&GuardedTopic],
    topics: &Topics,
) -> Result<SelectAll<BoxStream<'static, Value>>, Problem> {
    let mut all = SelectAll::new();
    for topic in wanted {
        let uri = json!(topic.resource.uri);
        let updated = tagged("notifications/resources/updated", id, [("uri", uri)]);
        let changes = topic.changes(topics).await?;
        all.push(changes.map(move |()| updated.clone()).boxed());
    }
    Ok(all)
}

fn tagged<const N: usize>(method: &str, id: &Value, members: [(&str, Value); N]) -> Value {
    let mut params = Map::from_iter([("_meta".to_owned(), json!({ SUBSCRIPTION: id }))]);
    params.extend(members.map(|(name, value)| (name.to_owned(), value)));
    notification(method, &params.into())
}
