//! Blocks: runs of consecutive events in one buffer, with the metadata of each event.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyperpoint_sse::{EventId, UnsequencedEvent};

use super::clock::Clock;

/// The expiry time of an event that does not expire.
pub(super) const NEVER: u64 = u64::MAX;

/// The metadata of an event: its sequence, publication time, key, state and expiry time.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) sequence: u64,
    /// The time of publication in milliseconds, on the clock of the [`Hub`](super::Hub).
    pub(crate) at_ms: u64,
    pub(crate) key: Option<Arc<str>>,
    /// Whether a later event with the same key was published, or this event was deleted.
    pub(crate) is_superseded: bool,
    /// Whether the event was deleted. The block keeps its metadata, without its key and its bytes.
    pub(crate) is_deleted: bool,
    /// The expiry time in milliseconds, on the clock of the hub; [`NEVER`] if the event does not
    /// expire.
    pub(crate) expires_ms: u64,
}

impl Meta {
    /// Creates the metadata of an event that is the newest of its key and does not expire.
    pub(crate) fn new(sequence: u64, at_ms: u64, key: Option<Arc<str>>) -> Self {
        Self { sequence, at_ms, key, is_superseded: false, is_deleted: false, expires_ms: NEVER }
    }

    /// Sets the time from `at_ms` to expiry, or `None` if the event does not expire.
    pub(crate) fn expiring(self, after: Option<Duration>) -> Self {
        let after_ms = |after: Duration| u64::try_from(after.as_millis()).unwrap_or(NEVER);
        let expires_ms = after.map_or(NEVER, |after| self.at_ms.saturating_add(after_ms(after)));
        Self { expires_ms, ..self }
    }

    /// Returns whether the event is deleted or has expired. Such an event is not sent.
    pub(crate) fn is_gone(&self, clock: Clock) -> bool {
        self.is_deleted || (self.expires_ms != NEVER && self.expires_ms <= clock.now_ms())
    }

    /// Returns the key and the sequence of the event, or `None` if it has no key.
    pub(crate) fn keyed(&self) -> Option<(&str, u64)> {
        Some((self.key.as_deref()?, self.sequence))
    }

    /// Returns whether the event is not deleted and never expires.
    fn is_plain(&self) -> bool {
        !self.is_deleted && self.expires_ms == NEVER
    }
}

/// One event with its own buffer, before it is copied into a block.
#[derive(Clone, Debug)]
pub(crate) struct Single {
    pub(crate) meta: Meta,
    pub(crate) bytes: Bytes,
    /// The capacity of the buffer, in bytes.
    capacity: usize,
}

impl Single {
    /// Creates an event by writing its id into the encoded event.
    pub(crate) fn new(meta: Meta, event: UnsequencedEvent, id: &EventId) -> Self {
        let capacity = event.capacity();
        Self { meta, bytes: event.with_id(id), capacity }
    }

    /// Returns the unused capacity of the buffer, in bytes.
    pub(crate) fn slack(&self) -> usize {
        self.capacity.saturating_sub(self.bytes.len())
    }
}

/// A run of consecutive events in one buffer, which all readers share.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    bytes: Bytes,
    /// The metadata of each event, with the end offset of the event in `bytes`.
    events: Vec<(Meta, usize)>,
    /// The index of the first event that is kept. Earlier events are evicted, but their bytes stay
    /// allocated.
    first: usize,
    /// Whether no event of the block is deleted or can expire.
    is_plain: bool,
}

impl Block {
    /// Creates a block of the events that `before` keeps, if it is given, followed by `singles`.
    pub(crate) fn join(before: Option<Self>, singles: Vec<Single>) -> Self {
        let Some(only) = only_event(before.as_ref(), &singles) else {
            return Self::copied(before, singles);
        };
        Self {
            bytes: only.bytes.clone(),
            events: vec![(only.meta.clone(), only.bytes.len())],
            first: 0,
            is_plain: only.meta.is_plain(),
        }
    }

    fn copied(before: Option<Self>, singles: Vec<Single>) -> Self {
        let live = before.as_ref().map(Self::live_bytes).unwrap_or_default();
        let len = live.len() + singles.iter().map(|single| single.bytes.len()).sum::<usize>();
        let mut bytes = BytesMut::with_capacity(len);
        bytes.extend_from_slice(&live);
        let mut events = Vec::new();
        if let Some(before) = before {
            let start = before.start(before.first);
            let kept = before.events.into_iter().skip(before.first);
            events.extend(kept.map(|(meta, end)| (meta, end - start)));
        }
        events.reserve_exact(singles.len());
        for Single { meta, bytes: single, .. } in singles {
            bytes.extend_from_slice(&single);
            events.push((meta, bytes.len()));
        }
        let is_plain = events.iter().all(|(meta, _)| meta.is_plain());
        Self { bytes: bytes.freeze(), events, first: 0, is_plain }
    }

    /// Returns the number of bytes allocated, including those of evicted events.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the number of events that are kept.
    pub(crate) fn count(&self) -> usize {
        self.events.len() - self.first
    }

    /// Returns the metadata of the first event that is kept, or `None` if all events are evicted.
    pub(crate) fn first(&self) -> Option<&Meta> {
        self.events.get(self.first).map(|(meta, _)| meta)
    }

    /// Iterates over the metadata of the events that are kept.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &Meta> + Clone {
        self.events.iter().skip(self.first).map(|(meta, _)| meta)
    }

    pub(crate) fn last_sequence(&self) -> u64 {
        self.events.last().map_or(0, |(meta, _)| meta.sequence)
    }

    /// Returns the metadata of the event with this sequence, if the event is kept.
    pub(crate) fn find_mut(&mut self, sequence: u64) -> Option<&mut Meta> {
        let index = self.after(sequence.checked_sub(1)?);
        let (meta, _) = self.events.get_mut(index)?;
        (meta.sequence == sequence).then_some(meta)
    }

    /// Evicts the first event that is kept. Returns its metadata, or `None` if all events were
    /// evicted already.
    pub(crate) fn evict(&mut self) -> Option<Meta> {
        let (meta, _) = self.events.get(self.first)?;
        self.first += 1;
        Some(meta.clone())
    }

    /// Returns whether the block keeps an undeleted event in this inclusive range of sequences.
    pub(crate) fn has(&self, (first, last): (u64, u64)) -> bool {
        let (from, to) = (self.after(first.saturating_sub(1)), self.after(last));
        self.events
            .get(from..to)
            .is_some_and(|found| found.iter().any(|(meta, _)| !meta.is_deleted))
    }

    /// Deletes the events in this inclusive range of sequences. Returns the metadata of the events
    /// that this call deleted.
    pub(crate) fn delete(&mut self, range: (u64, u64)) -> Vec<Meta> {
        if !self.has(range) {
            return Vec::new();
        }
        let is_deleted = |meta: &Meta| (range.0..=range.1).contains(&meta.sequence);
        let kept = || (self.first..self.events.len()).filter_map(|index| self.event(index));
        let left = kept().filter(|(meta, _)| !is_deleted(meta)).map(|(_, data)| data.len()).sum();
        let (mut deleted, mut bytes) = (Vec::new(), BytesMut::with_capacity(left));
        let mut events = Vec::with_capacity(self.count());
        for (meta, data) in kept() {
            let mut meta = meta.clone();
            if !is_deleted(&meta) {
                bytes.extend_from_slice(data);
            } else if !meta.is_deleted {
                deleted.push(meta.clone());
                (meta.is_deleted, meta.is_superseded, meta.key) = (true, true, None);
            }
            events.push((meta, bytes.len()));
        }
        // Readers may still share the old buffer, so it is replaced and not changed.
        *self = Self { bytes: bytes.freeze(), events, first: 0, is_plain: false };
        deleted
    }

    /// Returns whether no event of the block is deleted or can expire.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Returns the index of the first kept event after this sequence, or [`end`](Self::end) if
    /// there is none.
    pub(crate) fn after(&self, sequence: u64) -> usize {
        self.events.partition_point(|(meta, _)| meta.sequence <= sequence).max(self.first)
    }

    /// Returns the metadata and the bytes of the event at this index.
    pub(crate) fn event(&self, index: usize) -> Option<(&Meta, &[u8])> {
        let (meta, end) = self.events.get(index)?;
        Some((meta, self.bytes.get(self.start(index)..*end)?))
    }

    /// Returns the bytes of the events with indexes in `from..to`.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Bytes {
        self.bytes.slice(self.start(from)..self.start(to))
    }

    /// Returns the index just after the last event.
    pub(crate) fn end(&self) -> usize {
        self.events.len()
    }

    fn live_bytes(&self) -> Bytes {
        self.slice(self.first, self.events.len())
    }

    /// Returns the offset in `bytes` at which the event at this index begins.
    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).and_then(|before| self.events.get(before));
        before.map_or(0, |(_, end)| *end)
    }
}

/// Returns the only event of the new block, if the block has exactly one. The block then shares the
/// buffer of the event instead of copying it.
fn only_event<'a>(before: Option<&Block>, singles: &'a [Single]) -> Option<&'a Single> {
    match (before, singles) {
        (None, [only]) => Some(only),
        _ => None,
    }
}
