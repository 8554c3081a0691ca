//! A chat: rooms with a history, sign-in by name, and a list of who is present, on any number of
//! nodes.
//!
//! Nodes share nothing but the topics: one topic per room, and one with the presence of each node.
//! `application` builds the host that each node runs and that the tests call.

#![expect(missing_debug_implementations, reason = "endpoints and requests are not printed")]

mod room;

pub mod presence;
pub mod rooms;
pub mod users;

mod page;
mod application;

pub use application::application;
pub use room::Room;
