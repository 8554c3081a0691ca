//! The record of the deletions in a topic during the read of one of its pages.

use std::collections::BTreeSet;

use crate::deletion::Deletion;
use crate::log::Block;

/// Maximum number of deleted events that are recorded. The page ends before the first deleted event
/// that is not recorded.
const EVENTS: usize = 1_024;

/// The events that were deleted since the read of a page began, and that the page may contain.
#[derive(Debug)]
pub(crate) struct DeletedMeanwhile {
    /// The sequence after which the page begins.
    after: u64,
    /// The sequence up to which the topic was purged, or 0 if it was not.
    purged_through: u64,
    /// The sequences of events that were deleted individually: the lowest `EVENTS` of them.
    events: BTreeSet<u64>,
    /// The lowest sequence of a deleted event that is not recorded, or `u64::MAX` if all are
    /// recorded.
    unrecorded: u64,
}

impl DeletedMeanwhile {
    /// Creates an empty record for a page that begins after this sequence.
    pub(crate) fn new(after: u64) -> Self {
        Self { after, purged_through: 0, events: BTreeSet::new(), unrecorded: u64::MAX }
    }

    /// Records a deletion.
    pub(crate) fn record(&mut self, which: Deletion) {
        match which {
            Deletion::Through(sequence) => {
                self.purged_through = self.purged_through.max(sequence);
                self.events = self.events.split_off(&sequence.saturating_add(1));
            }
            Deletion::Event(sequence)
                if sequence > self.after.max(self.purged_through) && sequence < self.unrecorded =>
            {
                self.events.insert(sequence);
            }
            Deletion::Event(_) => {}
        }
        if self.events.len() > EVENTS {
            self.unrecorded = self.events.pop_last().unwrap_or(self.unrecorded);
        }
    }

    /// Removes the deleted events from the events of a page that is complete up to `through`.
    /// Returns the sequence up to which the page is complete afterwards: `through`, or the sequence
    /// just before the first deleted event that is not recorded.
    pub(crate) fn remove_from(self, events: &mut Block, through: u64) -> u64 {
        events.delete((0, self.purged_through));
        for sequence in self.events {
            events.delete((sequence, sequence));
        }
        if through < self.unrecorded || self.unrecorded <= self.purged_through {
            return through;
        }
        events.delete((self.unrecorded, u64::MAX));
        self.unrecorded - 1
    }
}
