//! The token buckets of a rate limit, by address family.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::client_network::{ClientNetwork, Family};
use super::quota::Quota;
use super::table::Table;

/// The token buckets of all clients under one rate. IPv4 and IPv6 have separate tables, so that
/// clients of one family cannot fill the other's.
#[derive(Debug)]
pub(super) struct Buckets {
    quota: Quota,
    /// The creation time, on tokio's clock, which tests can pause.
    created: Instant,
    v4: Mutex<Table>,
    v6: Mutex<Table>,
}

impl Buckets {
    /// Creates buckets for clients that are identified by address.
    pub(super) fn of_addresses(quota: Quota) -> Self {
        Self::new(quota, |family| Table::new(family, true))
    }

    /// Creates buckets for clients that are identified by a key, such as a header. One address may
    /// use many keys.
    pub(super) fn of_keys(quota: Quota) -> Self {
        Self::new(quota, |family| Table::new(family, false))
    }

    fn new(quota: Quota, table: impl Fn(Family) -> Table) -> Self {
        let [v4, v6] = [Family::V4, Family::V6].map(|family| Mutex::new(table(family)));
        Self { quota, created: Instant::now(), v4, v6 }
    }

    /// Takes one request from the client's bucket.
    ///
    /// # Errors
    ///
    /// Returns how long the client has to wait if its bucket is empty.
    pub(super) fn take(&self, client: Client, network: ClientNetwork) -> Result<(), Duration> {
        self.table(network).take(self.quota, client, network.bits, self.now())
    }

    /// Takes one request as [`take`](Self::take) does. If the client's bucket is full, takes no
    /// request and returns `None`.
    pub(super) fn take_if_used(
        &self,
        client: Client,
        network: ClientNetwork,
    ) -> Option<Result<(), Duration>> {
        let (now, mut table) = (self.now(), self.table(network));
        let bucket = table.used_bucket(client, network.bits).filter(|used| **used > now)?;
        Some(self.quota.take(bucket, now))
    }

    /// Counts one request that the client has already made. If the client's own bucket is empty,
    /// the client then waits longer; an empty shared bucket is left unchanged.
    pub(super) fn count(&self, client: Client, network: ClientNetwork) {
        self.table(network).count(self.quota, client, network.bits, self.now());
    }

    /// Puts back one request taken with [`take`](Self::take) or
    /// [`take_if_used`](Self::take_if_used).
    pub(super) fn give_back(&self, client: Client, network: ClientNetwork) {
        if let Some(bucket) = self.table(network).used_bucket(client, network.bits) {
            self.quota.give_back(bucket);
        }
    }

    /// Returns the time since the buckets were created, in nanoseconds.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.created.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Returns the time by which every bucket is full again if no more requests are taken, in
    /// nanoseconds on the clock of [`now`](Self::now).
    pub(super) fn all_full_at(&self) -> u64 {
        self.quota.full_at(self.now())
    }

    fn table(&self, network: ClientNetwork) -> MutexGuard<'_, Table> {
        let table = match network.family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        };
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn sizes(&self) -> [(usize, usize); 2] {
        [&self.v4, &self.v6].map(|table| {
            let table = table.lock().unwrap();
            (table.len(), table.crowds())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    use hyperpoint_core::Peer;

    use super::super::client::Clients;
    use super::super::table::MOST_CLIENTS;
    use super::*;

    /// Returns a quota of one request per hour for each client.
    fn hourly() -> Quota {
        Quota::new(1, Duration::from_hours(1), 1).unwrap()
    }

    fn v4(bits: u32) -> Peer {
        Peer::new(SocketAddr::from((Ipv4Addr::from_bits(bits), 1)))
    }

    /// Returns a peer in the /64 network with this index within `2001:db8::/32`.
    fn v6(index: u32) -> Peer {
        v6_of(0x2001_0db8, index)
    }

    fn v6_of(network: u32, index: u32) -> Peer {
        let bits = u128::from(network) << 96 | u128::from(index) << 64;
        Peer::new(SocketAddr::from((Ipv6Addr::from_bits(bits), 1)))
    }

    /// Buckets, and the clients that take from them.
    struct Server(Buckets, Clients);

    impl Server {
        fn by_address() -> Self {
            Self(Buckets::of_addresses(hourly()), Clients::default())
        }

        fn admits(&self, peer: Peer) -> bool {
            let client = self.1.address(Some(peer));
            self.0.take(client, ClientNetwork::of(Some(peer))).is_ok()
        }

        fn admits_key(&self, key: u64, peer: Peer) -> bool {
            self.0.take(key, ClientNetwork::of(Some(peer))).is_ok()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_ipv6_addresses_does_not_limit_ipv4_clients_or_other_networks() {
        let server = Server::by_address();
        // All /64 networks of a /47, and 40,000 networks spread over a /32.
        for index in (0..132_000).chain((0..40_000).map(|index| index << 15)) {
            server.admits(v6(index));
        }
        let [(none, _), (tracked, _)] = server.0.sizes();
        assert_eq!(none, 0);
        assert!(tracked < MOST_CLIENTS * 3 / 4, "{tracked}");
        // New clients in other IPv6 networks and in IPv4 each get their own bucket.
        let of_v6 = (0..200).map(|index| v6_of(0x2a00_0001 + (index << 8), 7));
        for newcomer in of_v6.chain((0..200).map(|index| v4(0xc000_0200 + index))) {
            assert!(server.admits(newcomer), "{newcomer:?}");
            assert!(!server.admits(newcomer), "{newcomer:?}");
        }
        // New clients in the attacker's network share one bucket, which is already empty.
        let newcomers = (0..200).filter(|index| server.admits(v6(0x00aa_0000 + index)));
        assert_eq!(newcomers.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_known_client_keeps_its_bucket_while_its_own_network_is_flooded() {
        let buckets = Buckets::of_addresses(Quota::new(2, Duration::from_hours(1), 2).unwrap());
        let server = Server(buckets, Clients::default());
        let (known, used_up) = (v6(5), v6(6));
        assert!(server.admits(known) && server.admits(used_up) && server.admits(used_up));
        for index in 0..132_000 {
            server.admits(v6(0x1000 + index));
        }
        assert!(server.admits(known), "one request is left");
        assert!(!server.admits(known) && !server.admits(used_up));
    }

    #[tokio::test(start_paused = true)]
    async fn clients_next_to_an_attackers_network_get_their_own_buckets() {
        let server = Server::by_address();
        for index in 0..65_536 {
            server.admits(v6(index));
        }
        // These clients have the same /32, but each another /48.
        for index in 0..1000 {
            assert!(server.admits(v6(0x0001_0000 * (index + 1))), "{index}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn invented_keys_from_one_address_do_not_limit_other_addresses() {
        let server = Server(Buckets::of_keys(hourly()), Clients::default());
        let (attacker, neighbour) = (v4(0xc000_0201), v4(0xc000_0202));
        for key in 0..70_000 {
            server.admits_key(key, attacker);
        }
        assert!(!server.admits_key(1 << 40, attacker), "the attacker's new keys share one bucket");
        for key in 1 << 41..(1 << 41) + 1000 {
            assert!(server.admits_key(key, neighbour));
        }
        let [(tracked, _), _] = server.0.sizes();
        assert!(tracked < MOST_CLIENTS / 2, "{tracked}");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_spread_over_all_networks_never_exceed_the_table() {
        let server = Server::by_address();
        for index in 0..2 * u32::try_from(MOST_CLIENTS).unwrap() {
            // Spread over the whole IPv4 address space.
            server.admits(v4(index.reverse_bits()));
        }
        let [(tracked, crowds), _] = server.0.sizes();
        assert!(tracked <= MOST_CLIENTS, "{tracked}");
        assert!(crowds <= 3 * MOST_CLIENTS, "{crowds}");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_with_full_buckets_are_evicted_with_their_networks() {
        let server = Server::by_address();
        for index in 0..132_000 {
            server.admits(v6(index));
        }
        tokio::time::advance(Duration::from_mins(61)).await;
        assert!(server.admits(v6(200_000)));
        assert_eq!(server.0.sizes(), [(0, 0), (1, 3)]);
    }
}
