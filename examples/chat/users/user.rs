//! A user, and where she is.

use hyperpoint::Identity;
use hyperpoint::prelude::*;

use crate::presence::People;
use crate::room::Room;

/// A user, as the page wants to know her.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The name that she signed in by; none before.
    pub name: Option<String>,
    /// The node that answers her.
    pub node: String,
    /// The rooms that she may enter.
    pub rooms: Vec<String>,
}

impl User {
    pub(super) fn of(identity: &Identity, people: &People) -> Self {
        let name = identity.subject().map(str::to_owned);
        let rooms = Room::ALL.map(|room| room.as_str().to_owned());
        Self { name, node: people.node().to_owned(), rooms: rooms.to_vec() }
    }
}
