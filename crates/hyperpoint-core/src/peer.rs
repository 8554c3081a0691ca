//! The address of a client.

use std::net::SocketAddr;

/// The address of the client that sent a request: the remote end of the connection or, behind a
/// proxy that the host trusts (`Host::trust_forwarded`, `Host::trust_x_forwarded_for`), the client
/// that the proxy reports. Absent for connections on Unix sockets without such a proxy. Also absent
/// for in-memory requests and for hosts mounted in another framework, unless the extensions of the
/// request contain a `Peer`.
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
    /// The address of the client. Behind a proxy that the host does not trust, the address of the
    /// proxy.
    pub address: SocketAddr,
}

impl Peer {
    /// Creates a peer with this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }
}
