//! An existing room.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

/// An existing room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Room(&'static str);

impl Room {
    /// All rooms.
    pub const ALL: [Self; 3] = [Self("lobby"), Self("kitchen"), Self("garden")];

    /// Returns the room with this name.
    ///
    /// # Errors
    ///
    /// A 404 if it does not exist.
    pub fn named(name: &str) -> Result<Self> {
        let room = Self::ALL.into_iter().find(|room| room.0 == name);
        room.or_problem(StatusCode::NOT_FOUND, "there is no such room")
    }

    /// Returns the name of the room.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
