//! Owns the past of a log: its generations, and the sequence numbers without an event.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::Generations;

use crate::generation_rows::GenerationRows;

/// The past of an open log.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) generations: Generations,
    /// Ranges of sequence numbers without an event, in order, each from after its first number up to its
    /// second.
    pub(crate) skips: Vec<(u64, u64)>,
}

impl Past {
    pub(crate) fn of(rows: &GenerationRows) -> Self {
        let begun = rows.unbroken().iter().map(|row| (row.follows, Epoch::from_bits(row.epoch)));
        Self { generations: Generations::new(begun), skips: rows.skips() }
    }
}
