//! The table of generations: the sequence number at which each generation began, and whether it
//! began after a loss.

use hyperpoint_topics::Epoch;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::checksums::{Sum, int, number};
use crate::log_error::{LogError, Result};
use crate::mark::Mark;

/// Number of the newest generations that are kept.
const KEPT: i64 = 1_000;

/// A generation, which begins when a process opens the log while no other process has it open. Its
/// sequence numbers start at `first_seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    /// The number of the row. Rows are numbered consecutively.
    pub(crate) row: u64,
    /// The bits of the generation's random [`Epoch`](hyperpoint_topics::Epoch).
    pub(crate) epoch: u64,
    /// The last sequence number of the log before the generation.
    pub(crate) follows: u64,
    /// The first sequence number of the generation: `follows + 1`, or a later one after a loss.
    pub(crate) first_seq: u64,
    /// Whether the end of the previous generation may be lost. Also true for a new log.
    pub(crate) is_after_loss: bool,
    /// Whether it is unknown which events of earlier generations remain. If so, the ids of these
    /// events are no longer valid.
    pub(crate) is_after_damage: bool,
    pub(crate) at_ms: u64,
}

/// The generations of a log, oldest first.
#[derive(Debug)]
pub(crate) struct GenerationRows {
    pub(crate) all: Vec<Generation>,
    pub(crate) are_damaged: bool,
}

impl GenerationRows {
    pub(crate) fn read(connection: &Connection) -> Result<Self> {
        let columns = "SELECT number, epoch, follows, first_seq, is_after_loss, is_after_damage, \
                       at_ms, sum FROM generation ORDER BY number";
        let mut statement = connection.prepare(columns)?;
        let mut rows = statement.query([])?;
        let (mut all, mut are_damaged) = (Vec::new(), false);
        loop {
            match rows.next().map_err(LogError::from) {
                Ok(Some(row)) => match Generation::of(row) {
                    Ok(Some(generation)) => all.push(generation),
                    _ => are_damaged = true,
                },
                Ok(None) => break,
                Err(error) if error.is_damage() => {
                    are_damaged = true;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        are_damaged |= all.is_empty();
        Ok(Self { all, are_damaged })
    }

    /// Returns the generations after the last missing row or damage. It is unknown at which
    /// sequence numbers older generations end.
    pub(crate) fn unbroken(&self) -> &[Generation] {
        let is_hole = |(index, pair): (usize, &[Generation])| match pair {
            [before, after] if before.row + 1 == after.row && !after.is_after_damage => None,
            _ => Some(index + 1),
        };
        let first = self.all.windows(2).enumerate().filter_map(is_hole).next_back();
        self.all.get(first.unwrap_or(0)..).unwrap_or_default()
    }

    /// Reads the epoch of the newest generation. Returns `None` if the table is empty.
    pub(crate) fn newest_epoch(connection: &Connection) -> Result<Option<Epoch>> {
        let newest = "SELECT epoch FROM generation ORDER BY number DESC LIMIT 1";
        let newest = connection.query_row(newest, [], |row| row.get(0)).optional()?;
        Ok(newest.map(|epoch| Epoch::from_bits(number(epoch))))
    }

    pub(crate) fn newest(&self) -> Option<Generation> {
        self.all.last().copied()
    }

    /// Returns the ranges of sequence numbers that were skipped after a loss, in order. Each range
    /// excludes its start and includes its end.
    pub(crate) fn skips(&self) -> Vec<(u64, u64)> {
        let lost = self.all.iter().filter(|generation| generation.is_after_loss);
        lost.map(|generation| (generation.follows, generation.first_seq.saturating_sub(1)))
            .collect()
    }

    /// Returns whether a log whose last sequence number is `last_seq` has every event up to the
    /// mark.
    pub(crate) fn has(&self, mark: Mark, last_seq: u64) -> bool {
        let at = self.all.iter().position(|generation| generation.epoch == mark.generation);
        let next = at.and_then(|at| self.all.get(at + 1));
        at.is_some()
            && mark.last_seq <= last_seq
            && next.is_none_or(|next| mark.last_seq <= next.follows)
    }
}

impl Generation {
    fn of(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let get = |column| Ok::<_, rusqlite::Error>(number(row.get(column)?));
        let generation = Self {
            row: get(0)?,
            epoch: get(1)?,
            follows: get(2)?,
            first_seq: get(3)?,
            is_after_loss: row.get(4)?,
            is_after_damage: row.get(5)?,
            at_ms: get(6)?,
        };
        let sum = generation.sum(generation.row);
        Ok((row.get::<_, i64>(7)? == i64::from(sum)).then_some(generation))
    }

    /// Adds the generation to the table, and deletes old ones. The newest [`KEPT`] generations and
    /// the last one after a loss remain.
    pub(crate) fn insert(&self, connection: &Connection) -> Result<()> {
        let next = "SELECT coalesce(max(number), 0) + 1 FROM generation";
        let next: i64 = connection.query_row(next, [], |row| row.get(0))?;
        let (follows, first_seq) = (int(self.follows), int(self.first_seq));
        let (epoch, at_ms, sum) = (int(self.epoch), int(self.at_ms), self.sum(number(next)));
        connection.execute(
            "INSERT INTO generation VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (next, epoch, follows, first_seq, self.is_after_loss, self.is_after_damage, at_ms, sum),
        )?;
        connection.execute(
            "DELETE FROM generation WHERE number <= ?1 AND number < \
             (SELECT coalesce(max(number), 0) FROM generation WHERE is_after_loss)",
            [next - KEPT],
        )?;
        connection.execute(
            "DELETE FROM generation WHERE number <= ?1 AND NOT is_after_loss",
            [next - KEPT],
        )?;
        Ok(())
    }

    fn sum(&self, row: u64) -> u32 {
        let sum = Sum::default().number(row).number(self.epoch).number(self.follows);
        let sum = sum.number(self.first_seq).number(u64::from(self.is_after_loss));
        sum.number(u64::from(self.is_after_damage)).number(self.at_ms).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(epoch: u64, follows: u64) -> Generation {
        Generation {
            row: epoch,
            epoch,
            follows,
            first_seq: follows + 1,
            is_after_loss: false,
            is_after_damage: false,
            at_ms: 0,
        }
    }

    #[test]
    fn a_log_that_has_less_than_its_mark_is_noticed() {
        let all = vec![generation(1, 0), generation(2, 10), generation(3, 20)];
        let mut generations = GenerationRows { all, are_damaged: false };
        let has = |generation, last_seq| generations.has(Mark { generation, last_seq }, 30);
        assert!(has(3, 30) && has(3, 21) && has(3, 20));
        // A process ended after it began a generation, and before it wrote the mark.
        assert!(has(2, 20) && has(1, 10));
        assert!(!has(3, 31), "the end is lost");
        assert!(!has(4, 25), "an older copy, to which events were added");
        assert!(!has(2, 21), "an older copy of the second generation");
        assert_eq!(generations.unbroken(), generations.all);
        generations.all[1].is_after_damage = true;
        assert_eq!(*generations.unbroken(), generations.all[1..]);
        generations.all.remove(1);
        assert_eq!(generations.unbroken(), [generation(3, 20)]);
    }
}
