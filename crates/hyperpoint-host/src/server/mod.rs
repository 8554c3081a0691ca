//! The server: a socket that accepts, connections under way, and the way to stop them.

mod listener;
mod connections;
mod accepting;
mod signals;
mod running;

pub use running::Running;
pub(crate) use running::start;
