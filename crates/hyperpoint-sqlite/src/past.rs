//! The state of an open log that its reader and writer connections share: generations, skipped
//! sequence numbers, the clock, and the last stored entries.

use std::sync::atomic::AtomicBool;

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::Generations;

use crate::generation_rows::GenerationRows;
use crate::log_clock::LogClock;
use crate::recent_entries::RecentEntries;

/// The generations of an open log, its skipped sequence numbers, its clock, and the last entries
/// that this process has stored.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) generations: Generations,
    /// Ranges of skipped sequence numbers, in order. Each range excludes its start and includes its
    /// end.
    pub(crate) skips: Vec<(u64, u64)>,
    pub(crate) clock: LogClock,
    /// The last entries that this process has stored, if the log has followers.
    pub(crate) recent: RecentEntries,
    /// Whether a reader found damage in the table with the newest event of each key. The writer
    /// then rebuilds the table.
    pub(crate) has_damaged_keys: AtomicBool,
}

impl Past {
    pub(crate) fn of(rows: &GenerationRows) -> Self {
        let begun = rows.unbroken().iter().map(|row| (row.follows, Epoch::from_bits(row.epoch)));
        let (generations, skips) = (Generations::new(begun), rows.skips());
        Self { generations, skips, ..Self::default() }
    }
}
