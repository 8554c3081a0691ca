//! The events of a room, and its topic.

use hyperpoint::prelude::*;

use crate::room::Room;

/// An event in a room. Each variant has its own event name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Events)]
pub enum RoomEvent {
    /// A user wrote a message.
    Said {
        /// The name of the user.
        name: String,
        /// The text of the message.
        text: String,
        /// The node that received the message.
        node: String,
    },
    /// A user did something: `/me waves`.
    Did {
        /// The name of the user.
        name: String,
        /// The text of the action.
        text: String,
        /// The node that received the message.
        node: String,
    },
}

/// The topics of rooms, one per room.
const ROOM: TopicTemplate<RoomEvent> = TopicTemplate::new("room/{room}");

impl RoomEvent {
    /// Returns the event for a text that a user sent to this node.
    pub(super) fn of(name: &str, text: &str, node: &str) -> Self {
        let (name, node) = (name.to_owned(), node.to_owned());
        match text.strip_prefix("/me ") {
            Some(text) => Self::Did { name, text: text.to_owned(), node },
            None => Self::Said { name, text: text.to_owned(), node },
        }
    }
}

/// Returns the topic of a room.
pub(super) fn topic(topics: &Topics, room: Room) -> Topic<RoomEvent> {
    topics.topic(ROOM.with([room.as_str()]))
}
