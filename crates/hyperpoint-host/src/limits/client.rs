//! Who is counted.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use http::request;
use hyperpoint_core::config::RateKey;
use hyperpoint_core::{Identity, Peer};

/// A client as it is counted: a hash, so that what clients send is not kept.
pub(super) type Client = u64;

/// By what clients are told apart; its hashes can't be guessed.
#[derive(Debug, Default)]
pub(super) struct Clients(RandomState);

impl Clients {
    /// The client of a request by this key; none where it is not to be counted.
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

    /// The user; the address where that is anonymous.
    pub(super) fn user(&self, identity: &Identity, peer: Option<Peer>) -> Client {
        match identity.subject() {
            Some(subject) => self.0.hash_one(("user", identity.scheme(), subject)),
            None => self.address(peer),
        }
    }

    /// The address of the socket: of IPv6 the network, since a client has all of one.
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
    fn ports_and_the_second_half_of_ipv6_tell_nobody_apart() {
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
    fn a_user_is_no_address_and_an_anonymous_one_is() {
        let clients = Clients::default();
        let one = Some(peer("192.0.2.1:1"));
        let ann = clients.user(&Identity::user("ann"), one);
        assert_eq!(ann, clients.user(&Identity::user("ann"), None));
        assert_ne!(ann, clients.user(&Identity::user("bob"), one));
        assert_eq!(clients.user(&Identity::anonymous(), one), clients.address(one));
    }
}
