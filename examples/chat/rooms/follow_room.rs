//! `GET /rooms/{room}/events`

use hyperpoint::prelude::*;

use super::room_event::{RoomEvent, topic};
use crate::presence::People;
use crate::room::Room;

/// So much of the past is shown to who enters.
const PAST: usize = 50;

/// Which room.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct RoomPath {
    /// Its name.
    pub room: String,
}

/// Tells what happens in a room: the last of what did, and then what does. Who listens is in it.
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
    }

    async fn handle(&self, RoomPath { room }: RoomPath, cx: Cx<'_, Self>) -> Result {
        let room = Room::named(&room)?;
        // Dropped with the stream, however that ends.
        let _visit = self.people.enter(room, cx.identity.subject().unwrap_or_default());
        cx.send.topic_async(&topic(&self.topics, room)).history(PAST).await
    }
}
