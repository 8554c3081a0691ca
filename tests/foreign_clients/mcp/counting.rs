//! The tool `count`, which sends its progress as events.

use std::time::Duration;

use futures_util::{StreamExt, pin_mut};
use hyperpoint::prelude::*;
use serde_json::{Value, json};

use super::message::{notification, result};
use super::sessions::{Place, UNREQUESTED};

/// The shortest wait that the wire allows.
pub(super) const RETRY: Duration = Duration::from_millis(250);

/// Runs the tool: its messages are events of the topic, whether the client is there or not.
pub(super) async fn count(messages: Topic<Value>, stream: String, id: Value, params: Value) {
    let to = params["arguments"]["to"].as_u64().unwrap_or(0);
    let token = &params["_meta"]["progressToken"];
    let of_session = notification("notifications/tools/list_changed", &json!({}));
    messages.publish(&of_session).key(UNREQUESTED).await.unwrap();
    for progress in 1..=to {
        let params = json!({ "progressToken": token, "progress": progress, "total": to });
        let message = notification("notifications/progress", &params);
        messages.publish(&message).key(&stream).await.unwrap();
    }
    let content = json!([{ "type": "text", "text": format!("counted to {to}") }]);
    let done = result(&id, &json!({ "content": content, "resultType": "complete" }));
    messages.publish(&done).key(&stream).await.unwrap();
}

/// The messages of one request up to its result. With `is_cut`, the stream fails after the first one.
pub(super) fn until_result(
    place: Place,
    messages: &Topic<Value>,
    is_cut: bool,
) -> impl Stream<Item = Result<StreamItem>> + use<> {
    let events = place.events(messages);
    try_stream! {
        pin_mut!(events);
        while let Some(next) = events.next().await {
            let (message, item) = next?;
            yield item;
            if message.get("result").is_some() {
                break;
            }
            if is_cut {
                Err("the cable is cut")?;
            }
        }
    }
}
