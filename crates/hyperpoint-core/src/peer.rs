//! The address of a client.

use std::net::SocketAddr;

/// The address of the client that sent a request: the remote end of the connection or, behind a
/// proxy that the host trusts (`Host::trust_forwarded`, `Host::trust_x_forwarded_for`), the client
/// that the proxy reports. A request on a Unix socket without such a proxy has no `Peer`. An
/// in-memory request and a request to a host that is mounted in another framework have a `Peer`
/// only if their extensions contain one.
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
