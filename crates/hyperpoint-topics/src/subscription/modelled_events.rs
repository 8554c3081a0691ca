//! The events of the naive model: every published event, and whether it was deleted or evicted.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::deletion::Deletion;
use crate::log::Hub;

/// A published event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) topic: usize,
    pub(super) key: Option<u8>,
    pub(super) data: String,
    expires_at: Option<Instant>,
    is_deleted: bool,
    is_evicted: bool,
    /// Whether it was evicted before it was deleted or had expired.
    pub(super) is_lost: bool,
}

/// The published events of one generation, by their sequences.
#[derive(Debug, Default)]
pub(super) struct Events(BTreeMap<u64, Event>);

impl Event {
    pub(super) fn new(
        topic: usize,
        key: Option<u8>,
        data: String,
        after: Option<Duration>,
    ) -> Self {
        let expires_at = after.map(|after| Instant::now() + after);
        let (is_deleted, is_evicted, is_lost) = Default::default();
        Self { topic, key, data, expires_at, is_deleted, is_evicted, is_lost }
    }

    /// Returns whether the event was deleted or has expired, so that it is no longer sent.
    pub(super) fn is_gone(&self) -> bool {
        self.is_deleted || self.expires_at.is_some_and(|at| at <= Instant::now())
    }
}

impl Events {
    pub(super) fn insert(&mut self, sequence: u64, event: Event) {
        self.0.insert(sequence, event);
    }

    pub(super) fn get(&self, sequence: u64) -> &Event {
        &self.0[&sequence]
    }

    /// Iterates over the events after this sequence.
    pub(super) fn after(&self, sequence: u64) -> impl DoubleEndedIterator<Item = (u64, &Event)> {
        self.0.range(sequence + 1..).map(|(sequence, event)| (*sequence, event))
    }

    /// Returns the sequence of the event that is this number of events before the newest one, or
    /// `None` if there are fewer events.
    pub(super) fn before_newest(&self, back: usize) -> Option<u64> {
        self.0.keys().rev().nth(back).copied()
    }

    /// Records the events that were evicted since the last call. Must be called before the clock
    /// advances after an eviction, because an event that has expired is not lost.
    pub(super) fn note_evictions(&mut self, hub: &Hub) {
        for (sequence, event) in self.0.iter_mut().filter(|(_, event)| !event.is_evicted) {
            if !hub.keeps(&event.topic.to_string(), *sequence) {
                (event.is_evicted, event.is_lost) = (true, !event.is_gone());
            }
        }
    }

    /// Deletes events of a topic, and returns the number of events that the log still kept.
    pub(super) fn delete(&mut self, topic: usize, which: Deletion) -> u64 {
        let (first, last) = which.range();
        let is_purge = matches!(which, Deletion::Through(_));
        let mut count = 0;
        let meant = self.0.range_mut(first..=last).map(|(_, event)| event);
        for event in meant.filter(|event| event.topic == topic) {
            let is_kept = !event.is_evicted && !event.is_deleted;
            count += u64::from(is_kept);
            event.is_deleted |= is_kept || is_purge;
            // An event that was evicted before a purge no longer counts as lost.
            event.is_lost &= !is_purge;
        }
        count
    }
}
