//! The state of one topic, which its publishers and subscribers share.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::clock::Clock;
use super::outlets::Outlets;
use super::read::{Query, Read};
use super::ring::Ring;
use super::waiters::Waiters;
use crate::position::Epoch;

/// One topic: its recent events, the subscribers that wait for new ones, and the number of
/// subscribers.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) name: Arc<str>,
    pub(crate) clock: Clock,
    ring: RwLock<Ring>,
    /// The sequence of the last event, or the sequence after which the ring starts if there was
    /// none. Stored after the event was added to the ring. The event may have been evicted since.
    head: AtomicU64,
    pub(crate) waiters: Waiters,
    pub(crate) outlets: Outlets,
    pub(crate) subscribers: AtomicUsize,
    /// The key of this topic in `AllTopics::oldest`, or 0 if it is not listed there.
    pub(super) listed_at: AtomicU64,
    /// The memory of the ring that is counted in `AllTopics::bytes`, in bytes. It may differ from
    /// the memory of the ring after a reader has sealed events, until the next change of the topic.
    pub(super) counted_bytes: AtomicUsize,
}

impl Channel {
    pub(crate) fn new(name: Arc<str>, ring: Ring, clock: Clock) -> Arc<Self> {
        let head = AtomicU64::new(ring.evicted_through());
        let (ring, waiters) = (RwLock::new(ring), Waiters::default());
        let outlets = Outlets::default();
        let (subscribers, listed_at, counted_bytes) = Default::default();
        Arc::new(Self {
            name,
            clock,
            ring,
            head,
            waiters,
            outlets,
            subscribers,
            listed_at,
            counted_bytes,
        })
    }

    pub(crate) fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the sequence of the last event.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    pub(crate) fn set_head(&self, sequence: u64) {
        self.head.store(sequence, Ordering::Release);
    }

    /// Wakes the tasks that wait for new events, and then the writers of the outlets. The writers
    /// are last, because [`Outlets::wake`] then lets another worker thread run the task that was
    /// woken last.
    pub(crate) fn wake(&self) {
        self.waiters.wake();
        self.outlets.wake();
    }

    /// Returns whether the topic has a subscriber.
    pub(crate) fn is_used(&self) -> bool {
        self.subscribers.load(Ordering::Acquire) > 0
    }

    /// Returns whether the topic has at least this number of subscribers.
    pub(crate) fn has_subscribers(&self, count: usize) -> bool {
        self.subscribers.load(Ordering::Acquire) >= count
    }

    /// Returns the bytes and the sequence of the last event, if it is the only event that a reader
    /// at sequence `after` of this epoch has not read, is unsealed, and cannot expire.
    #[inline]
    pub(crate) fn last_alone(&self, epoch: Epoch, after: u64) -> Option<(Bytes, u64)> {
        let ring = self.ring();
        ring.last_alone(epoch, after).map(|(bytes, sequence)| (bytes.clone(), sequence))
    }

    /// Returns the range of positions that have the same next event as `after`, or `None` if there
    /// is no event after it.
    pub(crate) fn positions_like(&self, after: u64) -> Option<Range<u64>> {
        let ring = self.ring();
        let next = ring.next_sequence(after)?;
        let mut before = ring.between(ring.evicted_through(), next.checked_sub(1)?);
        let first = before.next_back().map_or(ring.evicted_through(), |(meta, _)| meta.sequence);
        Some(first.min(after)..next)
    }

    /// Answers a query from the ring. If the query needs several unsealed events, seals them into a
    /// block first.
    pub(crate) fn read(&self, query: &Query<'_>) -> Read {
        let read = self.ring().read(query);
        if !matches!(read, Read::Unsealed) {
            return read;
        }
        let mut ring = self.ring_mut();
        ring.seal();
        ring.read(query)
    }
}
