//! A room that there is.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

/// A room that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Room(&'static str);

impl Room {
    /// All rooms.
    pub const ALL: [Self; 3] = [Self("lobby"), Self("kitchen"), Self("garden")];

    /// The room of this name.
    ///
    /// # Errors
    ///
    /// A 404 where there is none.
    pub fn named(name: &str) -> Result<Self> {
        let room = Self::ALL.into_iter().find(|room| room.0 == name);
        room.or_problem(StatusCode::NOT_FOUND, "there is no such room")
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
