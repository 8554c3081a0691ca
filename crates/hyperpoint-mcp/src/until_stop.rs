//! Ends long-lived streams when the host stops.

use async_stream::stream;
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt, pin_mut};
use serde_json::{Value, json};

use crate::revision::Revision;
use crate::rpc::response;
use crate::server::Server;

/// The key in `_meta` with the id of a message's subscription.
pub(crate) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// Ends the messages of `subscriptions/listen` as soon as the host stops, with the response to the
/// request with this id (MCP 2026-07-28, `SubscriptionsListenResult`). The client can then
/// reconnect to another node at once.
pub(crate) fn until_stop(
    server: &Server,
    id: &Value,
    messages: impl Stream<Item = Value> + Send + 'static,
) -> impl Stream<Item = Value> + Send + 'static {
    let result = json!({ "_meta": { SUBSCRIPTION: id } });
    let last = response(id, server.completed(result, "", Revision::Stateless));
    let stop = server.application().map(|application| application.stopping().requested());
    stream! {
        let Some(stop) = stop else { return };
        pin_mut!(stop, messages);
        loop {
            match select(&mut stop, messages.next()).await {
                Either::Left(_) => {
                    yield last;
                    break;
                }
                Either::Right((Some(message), _)) => yield message,
                Either::Right((None, _)) => break,
            }
        }
    }
}
