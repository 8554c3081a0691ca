//! A chat: rooms whose past is kept, sign-in by a name, and who is here, on any number of nodes.
//!
//! Nodes share nothing but the topics: each room is one, and another has what each node tells of
//! itself. `application` is the host that each node runs and that the tests ask.

#![expect(missing_debug_implementations, reason = "endpoints and requests are not printed")]

mod room;

pub mod presence;
pub mod rooms;
pub mod users;

mod page;
mod application;

pub use application::application;
pub use room::Room;
