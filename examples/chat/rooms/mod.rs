//! The rooms: their messages, past and present.

mod room_event;
mod follow_room;
mod say;

pub use follow_room::{FollowRoom, RoomPath};
pub use room_event::RoomEvent;
pub use say::{NewMessage, Posted, Say};
