//! What can happen in a room, and the topic of it.

use hyperpoint::prelude::*;

use crate::room::Room;

/// Something that happened in a room. Each variant is an event of its own name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Events)]
pub enum RoomEvent {
    /// Somebody said something.
    Said {
        /// Who.
        name: String,
        /// What.
        text: String,
        /// The node through which it came.
        node: String,
    },
    /// Somebody did something: `/me waves`.
    Did {
        /// Who.
        name: String,
        /// What.
        text: String,
        /// The node through which it came.
        node: String,
    },
}

/// A topic for each room.
const ROOM: TopicTemplate<RoomEvent> = TopicTemplate::new("room/{room}");

impl RoomEvent {
    /// The event of what a user wrote through this node.
    pub(super) fn of(name: &str, text: &str, node: &str) -> Self {
        let (name, node) = (name.to_owned(), node.to_owned());
        match text.strip_prefix("/me ") {
            Some(text) => Self::Did { name, text: text.to_owned(), node },
            None => Self::Said { name, text: text.to_owned(), node },
        }
    }
}

/// The topic of a room.
pub(super) fn topic(topics: &Topics, room: Room) -> Topic<RoomEvent> {
    topics.topic(ROOM.with([room.as_str()]))
}
