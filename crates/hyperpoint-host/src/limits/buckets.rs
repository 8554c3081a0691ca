//! A rate that is counted by client.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::client_network::{ClientNetwork, Family};
use super::quota::Quota;
use super::table::Table;

/// A rate that is counted by client. IPv4 and IPv6 have a table each: whatever the clients of one do,
/// those of the other have room.
#[derive(Debug)]
pub(super) struct Buckets {
    quota: Quota,
    /// The clock of tokio, which tests can pause.
    born: Instant,
    v4: Mutex<Table>,
    v6: Mutex<Table>,
}

impl Buckets {
    /// Buckets of clients that are counted by address.
    pub(super) fn of_addresses(quota: Quota) -> Self {
        Self::new(quota, |family| Table::new(family, true))
    }

    /// Buckets of clients of which one address may have many, as by a header.
    pub(super) fn of_keys(quota: Quota) -> Self {
        Self::new(quota, |family| Table::new(family, false))
    }

    fn new(quota: Quota, table: impl Fn(Family) -> Table) -> Self {
        let [v4, v6] = [Family::V4, Family::V6].map(|family| Mutex::new(table(family)));
        Self { quota, born: Instant::now(), v4, v6 }
    }

    /// Takes one request of this client.
    ///
    /// # Errors
    ///
    /// How long the client has to wait, if its rate is used up.
    pub(super) fn take(&self, client: Client, place: ClientNetwork) -> Result<(), Duration> {
        self.table(place).take(self.quota, client, place.bits, self.now())
    }

    /// As [`take`](Self::take), but leaves a client alone that has all of its rate: `None`.
    pub(super) fn take_if_used(
        &self,
        client: Client,
        place: ClientNetwork,
    ) -> Option<Result<(), Duration>> {
        let (now, mut table) = (self.now(), self.table(place));
        let bucket = table.used_bucket(client, place.bits).filter(|used| **used > now)?;
        Some(self.quota.take(bucket, now))
    }

    /// Undoes one [`take`](Self::take).
    pub(super) fn give_back(&self, client: Client, place: ClientNetwork) {
        if let Some(bucket) = self.table(place).used_bucket(client, place.bits) {
            self.quota.give_back(bucket);
        }
    }

    /// The time since the buckets were made, in nanoseconds.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The latest time at which something that is used now has come back.
    pub(super) fn all_back(&self) -> u64 {
        self.quota.all_back(self.now())
    }

    fn table(&self, place: ClientNetwork) -> MutexGuard<'_, Table> {
        let table = match place.family {
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

    /// One request in an hour for each client.
    fn hourly() -> Quota {
        Quota::new(1, Duration::from_hours(1), 1).unwrap()
    }

    fn v4(bits: u32) -> Peer {
        Peer::new(SocketAddr::from((Ipv4Addr::from_bits(bits), 1)))
    }

    /// Of the network of 64 bits with this index within `2001:db8::/32`.
    fn v6(index: u32) -> Peer {
        v6_of(0x2001_0db8, index)
    }

    fn v6_of(network: u32, index: u32) -> Peer {
        let bits = u128::from(network) << 96 | u128::from(index) << 64;
        Peer::new(SocketAddr::from((Ipv6Addr::from_bits(bits), 1)))
    }

    struct Asked(Buckets, Clients);

    impl Asked {
        fn by_address() -> Self {
            Self(Buckets::of_addresses(hourly()), Clients::default())
        }

        fn ask(&self, peer: Peer) -> bool {
            let client = self.1.address(Some(peer));
            self.0.take(client, ClientNetwork::of(Some(peer))).is_ok()
        }

        fn ask_with(&self, key: u64, peer: Peer) -> bool {
            self.0.take(key, ClientNetwork::of(Some(peer))).is_ok()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_ipv6_addresses_leaves_ipv4_clients_and_other_networks_alone() {
        let asked = Asked::by_address();
        // All of a /47, and as many again from all over a /32.
        for index in (0..132_000).chain((0..40_000).map(|index| index << 15)) {
            asked.ask(v6(index));
        }
        let [(none, _), (tracked, _)] = asked.0.sizes();
        assert_eq!(none, 0);
        assert!(tracked < MOST_CLIENTS * 3 / 4, "{tracked}");
        // As many newcomers as in the report, each with its own bucket, elsewhere in IPv6 and in IPv4.
        let of_v6 = (0..200).map(|index| v6_of(0x2a00_0001 + (index << 8), 7));
        for newcomer in of_v6.chain((0..200).map(|index| v4(0xc000_0200 + index))) {
            assert!(asked.ask(newcomer), "{newcomer:?}");
            assert!(!asked.ask(newcomer), "{newcomer:?}");
        }
        // What the attacker's own network has left is one bucket.
        let newcomers = (0..200).filter(|index| asked.ask(v6(0x00aa_0000 + index)));
        assert_eq!(newcomers.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_known_client_keeps_its_bucket_while_its_own_network_is_flooded() {
        let buckets = Buckets::of_addresses(Quota::new(2, Duration::from_hours(1), 2).unwrap());
        let asked = Asked(buckets, Clients::default());
        let (known, used_up) = (v6(5), v6(6));
        assert!(asked.ask(known) && asked.ask(used_up) && asked.ask(used_up));
        for index in 0..132_000 {
            asked.ask(v6(0x1000 + index));
        }
        assert!(asked.ask(known), "it has one left");
        assert!(!asked.ask(known) && !asked.ask(used_up));
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_next_to_the_attackers_has_room() {
        let asked = Asked::by_address();
        for index in 0..65_536 {
            asked.ask(v6(index));
        }
        // The same /32, another /48.
        for index in 0..1000 {
            assert!(asked.ask(v6(0x0001_0000 * (index + 1))), "{index}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_keys_of_one_address_leave_other_addresses_alone() {
        let asked = Asked(Buckets::of_keys(hourly()), Clients::default());
        let (attacker, neighbour) = (v4(0xc000_0201), v4(0xc000_0202));
        for key in 0..70_000 {
            asked.ask_with(key, attacker);
        }
        assert!(!asked.ask_with(1 << 40, attacker), "its newcomers share one bucket");
        for key in 1 << 41..(1 << 41) + 1000 {
            assert!(asked.ask_with(key, neighbour));
        }
        let [(tracked, _), _] = asked.0.sizes();
        assert!(tracked < MOST_CLIENTS / 2, "{tracked}");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_from_everywhere_never_fill_more_than_the_table() {
        let asked = Asked::by_address();
        for index in 0..2 * u32::try_from(MOST_CLIENTS).unwrap() {
            // Spread over all of IPv4.
            asked.ask(v4(index.reverse_bits()));
        }
        let [(tracked, crowds), _] = asked.0.sizes();
        assert!(tracked <= MOST_CLIENTS, "{tracked}");
        assert!(crowds <= 3 * MOST_CLIENTS, "{crowds}");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_have_all_of_their_rate_again_are_evicted_with_their_networks() {
        let asked = Asked::by_address();
        for index in 0..132_000 {
            asked.ask(v6(index));
        }
        tokio::time::advance(Duration::from_mins(61)).await;
        assert!(asked.ask(v6(200_000)));
        assert_eq!(asked.0.sizes(), [(0, 0), (1, 3)]);
    }
}
