//! The remote end of a connection.

use std::net::SocketAddr;

/// The remote end of the connection on which a request arrived. Absent for in-memory requests and
/// for hosts mounted in another framework, unless the extensions of the request contain one.
///
/// # Examples
///
/// ```
/// use hyperpoint::Peer;
///
/// let peer = Peer::new(([127, 0, 0, 1], 50_000).into());
/// assert!(peer.address.is_ipv4());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The address of the socket. Behind a proxy, that of the proxy.
    pub address: SocketAddr,
}

impl Peer {
    /// Creates a peer with this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }
}
