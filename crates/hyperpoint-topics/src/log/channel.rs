//! Owns one topic as its publishers and subscribers share it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::read::{Query, Read};
use super::ring::Ring;
use super::waiters::Waiters;
use crate::position::Epoch;

/// One topic: its past, who waits for what comes, and how many are there.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) name: Arc<str>,
    ring: RwLock<Ring>,
    /// The number of its last event, which is in the ring by then, or is gone.
    head: AtomicU64,
    pub(crate) waiters: Waiters,
    pub(crate) subscribers: AtomicUsize,
    /// Under which number its hub finds it among the oldest; 0 for none.
    pub(super) listed_at: AtomicU64,
}

impl Channel {
    pub(crate) fn new(name: Arc<str>, ring: Ring) -> Arc<Self> {
        let head = AtomicU64::new(ring.evicted_through());
        let (ring, waiters) = (RwLock::new(ring), Waiters::default());
        let (subscribers, listed_at) = (AtomicUsize::new(0), AtomicU64::new(0));
        Arc::new(Self { name, ring, head, waiters, subscribers, listed_at })
    }

    pub(crate) fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the last event.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    pub(crate) fn set_head(&self, sequence: u64) {
        self.head.store(sequence, Ordering::Release);
    }

    /// Whether somebody subscribes.
    pub(crate) fn is_used(&self) -> bool {
        self.subscribers.load(Ordering::Acquire) > 0
    }

    /// The last event, where a reader in this epoch has all but that.
    #[inline]
    pub(crate) fn last_alone(&self, epoch: Epoch, after: u64) -> Option<(Bytes, u64)> {
        let ring = self.ring();
        ring.last_alone(epoch, after).map(|(bytes, sequence)| (bytes.clone(), sequence))
    }

    /// What the ring has. Events that a reader needs together are put together on the way.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        let read = self.ring().read(query);
        if !matches!(read, Read::Loose) {
            return read;
        }
        let mut ring = self.ring_mut();
        ring.seal();
        ring.read(query)
    }
}
