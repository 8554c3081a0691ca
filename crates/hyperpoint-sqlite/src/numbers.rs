//! The sequence numbers that must have a row in the table `event`: all numbers that are neither
//! evicted nor skipped after a loss.

/// The number of low bits of a sequence number that are its offset in an index block.
const BLOCK_BITS: u32 = 13;

/// Returns the index block that contains this sequence number.
pub(crate) fn block_of(seq: u64) -> u64 {
    seq >> BLOCK_BITS
}

/// Returns the first sequence number of an index block.
pub(crate) fn first_of(block: u64) -> u64 {
    block << BLOCK_BITS
}

/// Returns the last sequence number before an index block, or 0 for the first block.
pub(crate) fn before(block: u64) -> u64 {
    first_of(block).saturating_sub(1)
}

/// Returns the last sequence number of an index block.
pub(crate) fn last_of(block: u64) -> u64 {
    first_of(block + 1) - 1
}

/// The sequence numbers that must have a row in the table `event`.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<'a> {
    pub(crate) evicted_through: u64,
    /// Ranges of skipped sequence numbers, in order. Each range excludes its start and includes its
    /// end.
    pub(crate) skips: &'a [(u64, u64)],
}

impl Numbers<'_> {
    /// Returns the first sequence number after `after` that must have a row. The number may not be
    /// assigned yet.
    pub(crate) fn next(&self, after: u64) -> u64 {
        let mut next = after.max(self.evicted_through) + 1;
        for (follows, through) in self.skips {
            if *follows < next && next <= *through {
                next = through + 1;
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicted_and_skipped_numbers_have_no_event() {
        let numbers = Numbers { evicted_through: 3, skips: &[(10, 20), (20, 25), (30, 31)] };
        let next: Vec<_> = [0, 3, 9, 10, 15, 24, 25, 30].map(|after| numbers.next(after)).into();
        assert_eq!(next, [4, 4, 10, 26, 26, 26, 26, 32]);
    }

    #[test]
    fn a_block_has_8192_numbers() {
        assert_eq!((block_of(8_191), block_of(8_192)), (0, 1));
        assert_eq!((before(0), before(1), last_of(0)), (0, 8_191, 8_191));
    }
}
