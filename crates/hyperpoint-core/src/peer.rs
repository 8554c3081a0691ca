//! The other end of the connection.

use std::net::SocketAddr;

/// The other end of the connection that a request came on. Absent where there is none: in memory,
/// or mounted in another framework. There, one in the extensions of the request is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The address of the socket: of the nearest proxy, where there is one.
    pub address: SocketAddr,
}

impl Peer {
    /// The peer at this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }
}
