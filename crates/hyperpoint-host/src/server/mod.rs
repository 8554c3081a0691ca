//! The server: the listening socket, the open connections, and their shutdown. Independent of
//! routes.

mod socket;
#[cfg(unix)]
mod unix_listener;
mod listener;
mod acceptor;
mod ended;
mod slots;
mod connections;
mod secure;
mod host_parts;
mod accepting;
mod signals;
mod running;

pub(crate) use host_parts::HostParts;
pub(crate) use listener::Bind;
pub use running::Running;
pub(crate) use running::start;
pub(crate) use secure::Secure;
#[cfg(feature = "tls")]
pub(crate) use socket::Socket;
