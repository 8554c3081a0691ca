//! The identification of clients for limits.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use http::request;
use hyperpoint_core::config::RateKey;
use hyperpoint_core::{Identity, Peer};

/// The hash of a client's user, address or key. The original is not stored.
pub(super) type Client = u64;

/// Computes client hashes with a random key, so that a client cannot choose values whose hashes
/// collide.
#[derive(Debug, Default)]
pub(super) struct Clients(RandomState);

impl Clients {
    /// Returns the client to which this key assigns a request, or `None` if the request is not
    /// counted.
    pub(super) fn by(
        &self,
        key: &RateKey,
        request: &request::Parts,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Option<Client> {
        match key {
            RateKey::User => Some(self.user(identity, peer)),
            RateKey::Header(name) => match request.headers.get(name) {
                Some(value) => Some(self.0.hash_one(("header", value.as_bytes()))),
                None => Some(self.address(peer)),
            },
            RateKey::Of(key) => key(request, identity, peer).map(|key| self.0.hash_one(key)),
            _ => Some(self.address(peer)),
        }
    }

    /// Returns the client for the user, or for the address if the identity is anonymous.
    pub(super) fn user(&self, identity: &Identity, peer: Option<Peer>) -> Client {
        match identity.subject() {
            Some(subject) => self.0.hash_one(("user", identity.scheme(), subject)),
            None => self.address(peer),
        }
    }

    /// Returns the client for the peer's IPv4 address or /64 IPv6 network: a client usually has a
    /// whole /64. All requests without an address belong to one client.
    pub(super) fn address(&self, peer: Option<Peer>) -> Client {
        let network = peer.map(|peer| match peer.address.ip().to_canonical() {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => (u128::from(address) >> 64) << 64,
        });
        self.0.hash_one(("address", network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    #[test]
    fn ports_and_the_last_64_bits_of_ipv6_do_not_distinguish_clients() {
        let clients = Clients::default();
        let of = |address| clients.address(Some(peer(address)));
        assert_eq!(of("192.0.2.1:1"), of("192.0.2.1:2"));
        assert_eq!(of("192.0.2.1:1"), of("[::ffff:192.0.2.1]:1"));
        assert_ne!(of("192.0.2.1:1"), of("192.0.2.2:1"));
        assert_eq!(of("[2001:db8::1]:1"), of("[2001:db8::2]:1"));
        assert_ne!(of("[2001:db8::1]:1"), of("[2001:db8:0:1::1]:1"));
        assert_ne!(of("0.0.0.0:1"), clients.address(None));
    }

    #[test]
    fn a_user_is_counted_by_subject_and_an_anonymous_client_by_address() {
        let clients = Clients::default();
        let one = Some(peer("192.0.2.1:1"));
        let ann = clients.user(&Identity::user("ann"), one);
        assert_eq!(ann, clients.user(&Identity::user("ann"), None));
        assert_ne!(ann, clients.user(&Identity::user("bob"), one));
        assert_eq!(clients.user(&Identity::anonymous(), one), clients.address(one));
    }
}
