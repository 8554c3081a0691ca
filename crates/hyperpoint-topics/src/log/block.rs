//! Owns a run of events as one piece of bytes, and what is known of each.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// What is known of an event beside its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) sequence: u64,
    /// When it was published, on the clock of its hub.
    pub(crate) at_ms: u64,
    pub(crate) key: Option<Arc<str>>,
    /// Whether a later event has its key.
    pub(crate) is_superseded: bool,
}

/// One event, before it is put together with others.
#[derive(Clone, Debug)]
pub(crate) struct Single {
    pub(crate) meta: Meta,
    pub(crate) bytes: Bytes,
}

/// A run of events, copied together once for all who read them.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Bytes,
    /// Each with where it ends.
    events: Vec<(Meta, usize)>,
    /// Those before it are evicted, though their bytes are still there.
    first: usize,
}

impl Block {
    /// A block of these events, behind those of another.
    pub(crate) fn join(before: Option<Self>, singles: Vec<Single>) -> Self {
        let Some(only) = lone(before.as_ref(), &singles) else {
            return Self::copied(before, singles);
        };
        Self {
            bytes: only.bytes.clone(),
            events: vec![(only.meta.clone(), only.bytes.len())],
            first: 0,
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
        for Single { meta, bytes: single } in singles {
            bytes.extend_from_slice(&single);
            events.push((meta, bytes.len()));
        }
        Self { bytes: bytes.freeze(), events, first: 0 }
    }

    /// The bytes that it keeps in memory.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// How many events are left of it.
    pub(crate) fn count(&self) -> usize {
        self.events.len() - self.first
    }

    pub(crate) fn first(&self) -> Option<&Meta> {
        self.events.get(self.first).map(|(meta, _)| meta)
    }

    /// What is known of the events that are left.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.events.iter().skip(self.first).map(|(meta, _)| meta)
    }

    pub(crate) fn last_sequence(&self) -> u64 {
        self.events.last().map_or(0, |(meta, _)| meta.sequence)
    }

    /// The event of this number, if it is left.
    pub(crate) fn find_mut(&mut self, sequence: u64) -> Option<&mut Meta> {
        let index = self.after(sequence.checked_sub(1)?);
        let (meta, _) = self.events.get_mut(index)?;
        (meta.sequence == sequence).then_some(meta)
    }

    /// Takes the first event away.
    pub(crate) fn evict(&mut self) -> Option<Meta> {
        let (meta, _) = self.events.get(self.first)?;
        self.first += 1;
        Some(meta.clone())
    }

    /// The place of the first event behind this number.
    pub(crate) fn after(&self, sequence: u64) -> usize {
        self.events.partition_point(|(meta, _)| meta.sequence <= sequence).max(self.first)
    }

    /// The event at this place, with its bytes.
    pub(crate) fn event(&self, index: usize) -> Option<(&Meta, &[u8])> {
        let (meta, end) = self.events.get(index)?;
        Some((meta, self.bytes.get(self.start(index)..*end)?))
    }

    /// The bytes of the events at these places.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Bytes {
        self.bytes.slice(self.start(from)..self.start(to))
    }

    /// The place behind the last event.
    pub(crate) fn end(&self) -> usize {
        self.events.len()
    }

    fn live_bytes(&self) -> Bytes {
        self.slice(self.first, self.events.len())
    }

    /// Where the event at this place begins.
    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).and_then(|before| self.events.get(before));
        before.map_or(0, |(_, end)| *end)
    }
}

/// The only event of a block: its bytes are taken as they are.
fn lone<'a>(before: Option<&Block>, singles: &'a [Single]) -> Option<&'a Single> {
    match (before, singles) {
        (None, [only]) => Some(only),
        _ => None,
    }
}
