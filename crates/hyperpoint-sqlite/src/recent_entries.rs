//! The entries that this process has stored last, in memory, so that followers need not read them
//! from disk.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyperpoint_topics::backplane::Entry;

use crate::event_size::ROW_BYTES;

/// Maximum size of the entries, in bytes. A follower that is further behind reads from disk.
const MAX_BYTES: usize = 1024 * 1024;

/// The newest entries of the log, with consecutive sequence numbers.
#[derive(Debug, Default)]
pub(crate) struct RecentEntries(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl RecentEntries {
    /// Adds synced entries in ascending order. Drops the previous entries if a sequence number is
    /// not the next one, because another process or a deletion has added a row in between.
    pub(crate) fn extend(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut state = self.lock();
        for entry in entries {
            state.add(entry);
        }
    }

    /// Drops the entries up to this sequence number, which are evicted from the log.
    pub(crate) fn evict_through(&self, evicted_through: u64) {
        let mut state = self.lock();
        while state.entries.front().is_some_and(|entry| entry.sequence <= evicted_through) {
            state.drop_oldest();
        }
    }

    /// Drops all entries.
    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }

    /// Returns the entries after sequence number `after`, up to about `limit_bytes` bytes. Returns
    /// none if the next entry is not in memory.
    pub(crate) fn after(&self, after: u64, limit_bytes: usize) -> VecDeque<Entry> {
        let state = self.lock();
        let first = state.entries.front().map_or(u64::MAX, |entry| entry.sequence);
        let Some(start) = (after + 1).checked_sub(first) else {
            return VecDeque::new();
        };
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let is_within = |entry: &&Entry| {
            let has_room = bytes < limit_bytes;
            bytes += size(entry);
            has_room
        };
        state.entries.iter().skip(start).take_while(is_within).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, entry: Entry) {
        if self.entries.back().is_some_and(|last| last.sequence + 1 != entry.sequence) {
            *self = Self::default();
        }
        self.bytes += size(&entry);
        self.entries.push_back(entry);
        while self.bytes > MAX_BYTES {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.entries.pop_front() {
            self.bytes -= size(&oldest);
        }
    }
}

/// Returns the approximate size of an entry, in bytes.
fn size(entry: &Entry) -> usize {
    let key = entry.key.as_ref().map_or(0, String::len);
    ROW_BYTES + entry.topic.len() + key + entry.data.len()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use hyperpoint_topics::Epoch;

    use super::*;

    const NONE: [u64; 0] = [];

    fn entries(sequences: impl Iterator<Item = u64>, bytes: usize) -> impl Iterator<Item = Entry> {
        sequences.map(move |sequence| Entry {
            topic: String::new(),
            epoch: Epoch::from_bits(1),
            sequence,
            name: None,
            data: "x".repeat(bytes),
            key: None,
            expires_after: None,
            deletes: None,
            at: SystemTime::UNIX_EPOCH,
        })
    }

    fn after(recent: &RecentEntries, after: u64, limit_bytes: usize) -> Vec<u64> {
        recent.after(after, limit_bytes).iter().map(|entry| entry.sequence).collect()
    }

    #[test]
    fn entries_are_returned_only_if_the_next_one_is_in_memory() {
        let recent = RecentEntries::default();
        assert_eq!(after(&recent, 0, 1000), NONE);
        recent.extend(entries(5..8, 0));
        assert_eq!(after(&recent, 3, 1000), NONE);
        assert_eq!(after(&recent, 4, 1000), [5, 6, 7]);
        assert_eq!(after(&recent, 6, 1000), [7]);
        assert_eq!(after(&recent, 7, 1000), NONE);
        assert_eq!(after(&recent, 9, 1000), NONE);
        assert_eq!(after(&recent, 4, ROW_BYTES + 1), [5, 6], "the limit is approximate");
    }

    #[test]
    fn entries_before_a_missing_sequence_number_are_dropped() {
        let recent = RecentEntries::default();
        recent.extend(entries(1..4, 0));
        recent.extend(entries(5..7, 0));
        assert_eq!(after(&recent, 2, 1000), NONE);
        assert_eq!(after(&recent, 4, 1000), [5, 6]);
        recent.evict_through(5);
        assert_eq!(after(&recent, 4, 1000), NONE);
        assert_eq!(after(&recent, 5, 1000), [6]);
        recent.clear();
        assert_eq!(after(&recent, 5, 1000), NONE);
    }

    #[test]
    fn memory_is_bounded() {
        let recent = RecentEntries::default();
        recent.extend(entries(1..10, MAX_BYTES / 4));
        assert_eq!(after(&recent, 5, usize::MAX), NONE);
        assert_eq!(after(&recent, 6, usize::MAX), [7, 8, 9]);
        recent.extend(entries(10..11, MAX_BYTES));
        assert_eq!(after(&recent, 9, usize::MAX), NONE, "an entry that is larger than the bound");
    }
}
