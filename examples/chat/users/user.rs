//! A user, and the node that serves the request.

use hyperpoint::Identity;
use hyperpoint::prelude::*;

use crate::presence::People;
use crate::room::Room;

/// A user, as the page shows it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The name that the user signed in with, or `None` before signing in.
    pub name: Option<String>,
    /// The node that serves the request.
    pub node: String,
    /// The rooms that the user may join.
    pub rooms: Vec<String>,
}

impl User {
    pub(super) fn of(identity: &Identity, people: &People) -> Self {
        let name = identity.subject().map(str::to_owned);
        let rooms = Room::ALL.map(|room| room.as_str().to_owned());
        Self { name, node: people.node().to_owned(), rooms: rooms.to_vec() }
    }
}
