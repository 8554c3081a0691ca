//! `POST /rooms/{room}/messages`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use super::room_event::{RoomEvent, topic};
use crate::presence::People;
use crate::room::Room;

/// A message for a room.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NewMessage {
    /// The name of the room.
    pub room: String,
    /// The text of the message.
    pub text: String,
    /// The idempotency key: a repeated request with the same key is one message.
    #[serde(rename = "idempotency-key")]
    pub key: from::Header<Option<String>>,
}

/// The published message.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    /// The id of the event.
    pub id: String,
    /// Whether the message had been published before.
    pub is_repeated: bool,
}

/// Publishes a message in a room.
#[derive(Endpoint)]
pub struct Say {
    topics: Arc<Topics>,
    people: Arc<People>,
}

impl Endpoint for Say {
    type Request = NewMessage;
    type Response = Posted;

    fn configure(config: &mut Config) {
        config.post("/rooms/{room}/messages");
        config.tags(["Rooms"]);
        config.refuses([404, 503]);
    }

    fn validate(&self, message: &NewMessage, failures: &mut Failures) {
        let length = message.text.chars().count();
        failures.check("text", !message.text.trim().is_empty(), "must not be empty");
        failures.check("text", length <= 500, "has 500 characters at most");
        let is_short = message.key.as_deref().is_none_or(|key| key.len() <= 100);
        failures.check("idempotency-key", is_short, "has 100 bytes at most");
    }

    async fn handle(&self, message: NewMessage, cx: Cx<'_, Self>) -> Result {
        let topic = topic(&self.topics, Room::named(&message.room)?);
        let name = cx.identity.subject().unwrap_or_default();
        let event = RoomEvent::of(name, message.text.trim(), self.people.node());
        let publish = topic.publish_event(&event);
        let published = match message.key.into_inner() {
            Some(key) => publish.once(key_of(name, &key)).await?,
            None => publish.await?,
        };
        let (id, is_repeated) = (published.id().to_string(), published.is_duplicate());
        cx.send.ok_async(Posted { id, is_repeated }).await
    }
}

/// Returns the idempotency key of a user. Names and keys may contain spaces, so the length of the
/// name shows where it ends, and no two users share a key.
fn key_of(name: &str, key: &str) -> String {
    format!("{} {name} {key}", name.len())
}
