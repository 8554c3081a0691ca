//! Owns what is known of a log's past: its generations, and the numbers that no event has.

use hyperpoint_topics::Epoch;
use hyperpoint_topics::backplane::Generations;

use crate::generation_rows::GenerationRows;

/// The past of a log that is open.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) generations: Generations,
    /// Ranges of numbers that no event has, in order: after the first number, up to the second.
    pub(crate) skips: Vec<(u64, u64)>,
}

impl Past {
    pub(crate) fn of(rows: &GenerationRows) -> Self {
        let begun = rows.unbroken().iter().map(|row| (row.follows, Epoch::from_bits(row.epoch)));
        Self { generations: Generations::new(begun), skips: rows.skips() }
    }
}
