//! `GET /rooms/{room}/events`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use super::room_event::{RoomEvent, topic};
use crate::presence::People;
use crate::room::Room;

/// The number of earlier events shown to a user who joins.
const PAST: usize = 50;

/// The room to follow.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct RoomPath {
    /// The name of the room.
    pub room: String,
}

/// Streams the events of a room: the last ones, then new ones. The subscriber is present in the
/// room meanwhile.
#[derive(Endpoint)]
pub struct FollowRoom {
    topics: Arc<Topics>,
    people: Arc<People>,
}

impl Endpoint for FollowRoom {
    type Request = RoomPath;
    type Response = Events<RoomEvent>;

    fn configure(config: &mut Config) {
        config.get("/rooms/{room}/events");
        config.tags(["Rooms"]);
        config.refuses([404]);
    }

    async fn handle(&self, RoomPath { room }: RoomPath, cx: Cx<'_, Self>) -> Result {
        let room = Room::named(&room)?;
        // Dropped with the stream, however the stream ends.
        let _visit = self.people.enter(room, cx.identity.subject().unwrap_or_default());
        cx.send.topic_async(&topic(&self.topics, room)).history(PAST).await
    }
}
