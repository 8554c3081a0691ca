//! Owns the past of a log: its generations, the sequence numbers without an event, and its clock.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::Generations;

use crate::generation_rows::GenerationRows;
use crate::log_clock::LogClock;

/// The generations of an open log, its unused sequence numbers, and its clock.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) generations: Generations,
    /// Ranges of sequence numbers without an event, in order. Each range excludes its start and
    /// includes its end.
    pub(crate) skips: Vec<(u64, u64)>,
    pub(crate) clock: LogClock,
}

impl Past {
    pub(crate) fn of(rows: &GenerationRows) -> Self {
        let begun = rows.unbroken().iter().map(|row| (row.follows, Epoch::from_bits(row.epoch)));
        let (generations, skips) = (Generations::new(begun), rows.skips());
        Self { generations, skips, clock: LogClock::default() }
    }
}
