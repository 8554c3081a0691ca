//! The rooms: what is said in them, now and before.

mod room_event;
mod follow_room;
mod say;

pub use follow_room::{FollowRoom, RoomPath};
pub use room_event::RoomEvent;
pub use say::{NewMessage, Posted, Say};
