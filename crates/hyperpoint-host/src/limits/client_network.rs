//! The networks that contain a client, from its own to the widest.

use std::net::IpAddr;

use hyperpoint_core::Peer;

/// A client's own network: an IPv4 address, or a /64 IPv6 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientNetwork {
    pub(super) family: Family,
    /// The first 64 bits of an IPv6 address; an IPv4 address in the upper 32 bits.
    pub(super) bits: u64,
}

/// The address family of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

/// The number of network sizes that are checked for each client.
pub(super) const LEVELS: usize = 4;
/// The prefix lengths of a client's own IPv4 network and of three wider ones.
const LENGTHS_OF_V4: [u32; LEVELS] = [32, 24, 16, 8];
/// The prefix lengths of a client's own IPv6 network and of three wider ones.
const LENGTHS_OF_V6: [u32; LEVELS] = [64, 48, 32, 24];

impl ClientNetwork {
    /// Returns the network of a peer. Clients without an address share 0.0.0.0, which is not a
    /// valid source address.
    pub(super) fn of(peer: Option<Peer>) -> Self {
        match peer.map(|peer| peer.address.ip().to_canonical()) {
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                let bits =
                    [a, b, c, d].into_iter().fold(0, |all, part| all << 16 | u64::from(part));
                Self { family: Family::V6, bits }
            }
            Some(IpAddr::V4(address)) => {
                Self { family: Family::V4, bits: u64::from(address.to_bits()) << 32 }
            }
            None => Self { family: Family::V4, bits: 0 },
        }
    }
}

impl Family {
    /// Returns the prefixes of the client's own network and of three wider ones, in this order.
    pub(super) fn networks(self, bits: u64) -> [u64; LEVELS] {
        let lengths = match self {
            Self::V4 => LENGTHS_OF_V4,
            Self::V6 => LENGTHS_OF_V6,
        };
        lengths.map(|length| bits & (u64::MAX << (64 - length)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_belongs_to_its_own_network_and_three_wider_ones() {
        #[track_caller]
        fn check(address: &str, expected: [u64; LEVELS]) {
            let network = ClientNetwork::of(Some(Peer::new(address.parse().unwrap())));
            assert_eq!(network.family.networks(network.bits), expected);
        }
        let v4 = [0xc000_0207, 0xc000_0200, 0xc000_0000, 0xc000_0000].map(|bits: u64| bits << 32);
        check("192.0.2.7:1", v4);
        check("[::ffff:192.0.2.7]:1", v4);
        let v6 = [
            0x2001_0db8_0001_0002,
            0x2001_0db8_0001_0000,
            0x2001_0db8_0000_0000,
            0x2001_0d00_0000_0000,
        ];
        check("[2001:db8:1:2:3::]:1", v6);
    }
}
