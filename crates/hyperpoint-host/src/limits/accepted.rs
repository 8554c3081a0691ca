//! A record of credentials that an authentication scheme has accepted.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Maximum number of remembered credentials.
const SLOTS: usize = 8 * 1024;

/// Credentials that a scheme has accepted, stored as randomly keyed hashes. Each hash has one
/// possible slot; later credentials with the same slot replace it.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    hasher: RandomState,
    /// The hashes, 0 in an empty slot. Allocated when the first credentials are accepted.
    slots: OnceLock<Box<[AtomicU64]>>,
}

impl Accepted {
    pub(super) fn contains(&self, credentials: &[u8]) -> bool {
        let Some(slots) = self.slots.get() else {
            return false;
        };
        let hash = self.hash(credentials);
        slot(slots, hash).is_some_and(|slot| slot.load(Relaxed) == hash)
    }

    pub(super) fn insert(&self, credentials: &[u8]) {
        let hash = self.hash(credentials);
        let slots = self.slots.get_or_init(|| (0..SLOTS).map(|_| AtomicU64::new(0)).collect());
        // Most credentials are already present. Writing them again would invalidate other cores'
        // caches.
        if let Some(slot) = slot(slots, hash).filter(|slot| slot.load(Relaxed) != hash) {
            slot.store(hash, Relaxed);
        }
    }

    pub(super) fn remove(&self, credentials: &[u8]) {
        let hash = self.hash(credentials);
        let slot = self.slots.get().and_then(|slots| slot(slots, hash));
        if let Some(slot) = slot {
            let _ = slot.compare_exchange(hash, 0, Relaxed, Relaxed);
        }
    }

    /// Returns the hash of the credentials. It is never 0, which marks an empty slot.
    fn hash(&self, credentials: &[u8]) -> u64 {
        self.hasher.hash_one(credentials).max(1)
    }
}

fn slot(slots: &[AtomicU64], hash: u64) -> Option<&AtomicU64> {
    slots.get(usize::try_from(hash % SLOTS as u64).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_remembered_until_they_are_removed() {
        let accepted = Accepted::default();
        assert!(!accepted.contains(b"ann"));
        accepted.insert(b"ann");
        accepted.remove(b"bob");
        assert!(accepted.contains(b"ann") && !accepted.contains(b"bob"));
        accepted.remove(b"ann");
        assert!(!accepted.contains(b"ann"));
    }
}
