//! The buckets of clients, in bounded memory that clients of one network cannot exhaust.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::client::Client;
use super::client_network::{Family, LEVELS};
use super::quota::Quota;

/// Maximum number of individually tracked clients: the capacity of a hash table with 65,536 slots
/// at its maximum load.
pub(super) const MOST_CLIENTS: usize = 56 * 1024;
/// Number of buckets that new clients of crowded networks share.
const SHARED_BUCKETS: usize = 4 * 1024;
/// Minimum time between two evictions of idle clients, in nanoseconds.
const SWEEP_EVERY: u64 = 1_000_000_000;

/// The buckets of the clients of one address family under one rate.
///
/// A tracked client keeps its bucket until the bucket is full again. A new client gets its own
/// bucket, unless one of its networks is crowded: it then uses the bucket that all new clients of
/// its widest crowded network share.
///
/// A network is crowded if the number of its tracked clients is at least `F`/2 for a client's own
/// network, and at least `F`, 2 `F` and 4 `F` for the three wider networks, where `F` is the number
/// of free entries of the table. Neither one network nor several can therefore fill the table, and
/// a crowded network leaves entries to its neighbours in the next wider network.
#[derive(Debug)]
pub(super) struct Table {
    family: Family,
    /// Whether clients are identified by address. If so, each client is the only one in its own
    /// network.
    is_of_addresses: bool,
    tracked: HashMap<Client, Tracked>,
    /// Number of tracked clients of each network, by level: from the clients' own networks to the
    /// widest networks.
    crowds: [HashMap<u64, usize>; LEVELS],
    /// The shared buckets, empty until a network is crowded.
    shared: Vec<u64>,
    hasher: RandomState,
    next_sweep: u64,
}

/// A client with its own bucket.
#[derive(Debug)]
struct Tracked {
    /// The time at which the bucket is full again, in nanoseconds.
    used_until: u64,
    /// The client's own network.
    bits: u64,
}

impl Table {
    pub(super) fn new(family: Family, is_of_addresses: bool) -> Self {
        Self {
            family,
            is_of_addresses,
            tracked: HashMap::new(),
            crowds: Default::default(),
            shared: Vec::new(),
            hasher: RandomState::new(),
            next_sweep: 0,
        }
    }

    /// Takes one request from the client's bucket.
    ///
    /// # Errors
    ///
    /// Returns how long the client has to wait if the bucket is empty.
    pub(super) fn take(
        &mut self,
        quota: Quota,
        client: Client,
        bits: u64,
        now: u64,
    ) -> Result<(), Duration> {
        if let Some(tracked) = self.tracked.get_mut(&client) {
            return quota.take(&mut tracked.used_until, now);
        }
        self.sweep(now);
        if let Some(shared) = self.shared_bucket(bits) {
            return quota.take(shared, now);
        }
        let mut used_until = 0;
        quota.take(&mut used_until, now)?;
        self.tracked.insert(client, Tracked { used_until, bits });
        for (network, crowds) in self.counted(bits) {
            *crowds.entry(network).or_default() += 1;
        }
        Ok(())
    }

    /// Counts one request that was already made. If the bucket of a tracked client is empty, the
    /// client then waits longer. An empty shared bucket is left unchanged, because each of its
    /// clients would wait for the requests of the others.
    pub(super) fn count(&mut self, quota: Quota, client: Client, bits: u64, now: u64) {
        if self.take(quota, client, bits, now).is_err()
            && let Some(tracked) = self.tracked.get_mut(&client)
        {
            quota.owe(&mut tracked.used_until, now);
        }
    }

    /// Returns the bucket of a tracked client or of its crowded network, or `None` for a new client
    /// that would get its own.
    pub(super) fn used_bucket(&mut self, client: Client, bits: u64) -> Option<&mut u64> {
        // Two look-ups, because the borrow checker extends the borrow of a returned reference to
        // the end of the function.
        match self.tracked.contains_key(&client) {
            true => self.tracked.get_mut(&client).map(|tracked| &mut tracked.used_until),
            false => self.shared_bucket(bits),
        }
    }

    /// Returns the bucket that new clients of the widest crowded network share, or `None` if no
    /// network is crowded.
    fn shared_bucket(&mut self, bits: u64) -> Option<&mut u64> {
        let crowded = self.crowded(bits)?;
        self.shared.resize(SHARED_BUCKETS, 0);
        let index = self.hasher.hash_one(crowded) % SHARED_BUCKETS as u64;
        self.shared.get_mut(usize::try_from(index).unwrap_or_default())
    }

    /// Returns the level and the prefix of the widest crowded network, or `None` if no network is
    /// crowded.
    fn crowded(&self, bits: u64) -> Option<(usize, u64)> {
        let free = MOST_CLIENTS.saturating_sub(self.tracked.len());
        let networks = self.family.networks(bits).into_iter().zip(&self.crowds).enumerate().rev();
        let mut crowded = networks.filter(|(level, (network, crowds))| {
            let crowd = crowds.get(network).copied().unwrap_or_default();
            2 * crowd >= free << level
        });
        crowded.next().map(|(level, (network, _))| (level, network))
    }

    /// Returns each counted network of a client with the counts of its level. If clients are
    /// identified by address, a client's own network is not counted.
    fn counted(&mut self, bits: u64) -> impl Iterator<Item = (u64, &mut HashMap<u64, usize>)> {
        let networks = self.family.networks(bits).into_iter();
        networks.zip(&mut self.crowds).skip(self.is_of_addresses.into())
    }

    /// Evicts the clients whose bucket is full. Visits each tracked client at most once a second.
    fn sweep(&mut self, now: u64) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now.saturating_add(SWEEP_EVERY);
        let idle = self.tracked.extract_if(|_, tracked| tracked.used_until <= now);
        let idle: Vec<u64> = idle.map(|(_, tracked)| tracked.bits).collect();
        for bits in idle {
            self.forget(bits);
        }
        shrink(&mut self.tracked);
        self.crowds.iter_mut().for_each(shrink);
    }

    /// Subtracts an evicted client from the counts of its networks.
    fn forget(&mut self, bits: u64) {
        for (network, crowds) in self.counted(bits) {
            let Some(crowd) = crowds.get_mut(&network) else {
                continue;
            };
            *crowd -= 1;
            let is_empty = *crowd == 0;
            if is_empty {
                crowds.remove(&network);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.tracked.len()
    }

    #[cfg(test)]
    pub(super) fn crowds(&self) -> usize {
        self.crowds.iter().map(HashMap::len).sum()
    }
}

/// Releases memory of a mostly empty map, and keeps some capacity for new entries.
fn shrink<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 8 * map.len() {
        map.shrink_to(2 * map.len());
    }
}
