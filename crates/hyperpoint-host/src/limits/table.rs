//! What clients have used of a rate, within bounds that one neighbourhood can't exhaust.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::client::Client;
use super::client_network::{Family, LEVELS};
use super::quota::Quota;

/// Maximum number of clients that are tracked individually: as many as fit a hash table of 65,536.
pub(super) const MOST_CLIENTS: usize = 56 * 1024;
/// How many buckets there are for the networks whose newcomers share one.
const SHARED_BUCKETS: usize = 4 * 1024;
/// How often at most idle clients are evicted, in nanoseconds.
const SWEEP_EVERY: u64 = 1_000_000_000;

/// What the clients of one address family have used of a rate.
///
/// A client that is tracked keeps its bucket for as long as that differs from a new one. A newcomer
/// gets one of its own while none of its networks is crowded: a network is, if it has more tracked
/// clients than its share of the *room that is left* (half of it for the client's own network, all,
/// twice, and four times as much for the wider ones). So no network can fill the table, several can't
/// either, and the wider one always leaves room to the neighbours of a narrow one. Newcomers of a
/// crowded network share one bucket: that of its widest crowded network.
#[derive(Debug)]
pub(super) struct Table {
    family: Family,
    /// Whether the clients are addresses, of which each is alone in its own network.
    is_of_addresses: bool,
    tracked: HashMap<Client, Tracked>,
    /// How many tracked clients each network has, from a client's own to the widest.
    crowds: [HashMap<u64, usize>; LEVELS],
    /// Empty until a network is crowded.
    shared: Vec<u64>,
    hasher: RandomState,
    next_sweep: u64,
}

#[derive(Debug)]
struct Tracked {
    /// When all that the client has used will have come back, in nanoseconds.
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

    /// Takes one request of the client's bucket, or says how long the client has to wait.
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

    /// The client's bucket, if it is not a new one.
    pub(super) fn used_bucket(&mut self, client: Client, bits: u64) -> Option<&mut u64> {
        // Two look-ups: a reference that is returned at once counts as borrowed to the end.
        match self.tracked.contains_key(&client) {
            true => self.tracked.get_mut(&client).map(|tracked| &mut tracked.used_until),
            false => self.shared_bucket(bits),
        }
    }

    /// The bucket that newcomers of the widest crowded network share, if one is crowded.
    fn shared_bucket(&mut self, bits: u64) -> Option<&mut u64> {
        let crowded = self.crowded(bits)?;
        self.shared.resize(SHARED_BUCKETS, 0);
        let place = self.hasher.hash_one(crowded) % SHARED_BUCKETS as u64;
        self.shared.get_mut(usize::try_from(place).unwrap_or_default())
    }

    /// The level and the first bits of the widest crowded network.
    fn crowded(&self, bits: u64) -> Option<(usize, u64)> {
        let room = MOST_CLIENTS.saturating_sub(self.tracked.len());
        let networks = self.family.networks(bits).into_iter().zip(&self.crowds).enumerate().rev();
        let mut crowded = networks.filter(|(level, (network, crowds))| {
            let crowd = crowds.get(network).copied().unwrap_or_default();
            2 * crowd >= room << level
        });
        crowded.next().map(|(level, (network, _))| (level, network))
    }

    /// Each network of a client whose clients are counted, with the counts of its level.
    fn counted(&mut self, bits: u64) -> impl Iterator<Item = (u64, &mut HashMap<u64, usize>)> {
        let networks = self.family.networks(bits).into_iter();
        networks.zip(&mut self.crowds).skip(self.is_of_addresses.into())
    }

    /// Evicts the clients whose bucket is as good as new. It costs at most one look at each, once in
    /// a second, however many there are and come.
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

    /// A client with these bits is no longer tracked.
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

/// Gives memory back, with some left for those who come next.
fn shrink<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 8 * map.len() {
        map.shrink_to(2 * map.len());
    }
}
