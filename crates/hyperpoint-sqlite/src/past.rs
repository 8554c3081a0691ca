//! Owns the past of a log: its generations, the sequence numbers without an event, and its clock.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::Generations;

use crate::generation_rows::GenerationRows;
use crate::log_clock::LogClock;

/// The past of an open log.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) generations: Generations,
    /// Ranges of sequence numbers without an event, in order, each from after its first number up to its
    /// second.
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
