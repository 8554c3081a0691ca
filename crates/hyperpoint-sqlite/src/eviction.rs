//! Deletion of the oldest events. Pages that are damaged stay, and the events around them are
//! deleted.

use std::collections::VecDeque;

use rusqlite::{Connection, OptionalExtension};

use crate::checksums::{int, number};
use crate::log_error::{LogError, Result};
use crate::numbers::block_of;
use crate::writer::Writer;

/// Maximum number of transactions that fail in one call because of a damaged page. After each
/// failure, the writer indexes the newest block again.
const FAILURES: usize = 32;
/// Maximum number of events around a damaged page that stay together: a range of this size is not
/// divided further.
const INDIVISIBLE: u64 = 16;

/// The evicted events that are not deleted yet, because a page beside them is damaged.
#[derive(Debug, Default)]
pub(crate) struct Undeleted {
    /// Ranges of sequence numbers. Each range excludes its start and includes its end.
    ranges: VecDeque<(u64, u64)>,
    /// Whether events were evicted since the log was opened. The first eviction also deletes events
    /// that an earlier process has left.
    has_evicted: bool,
    damage: Option<LogError>,
}

impl Undeleted {
    /// Returns whether [`delete`](Self::delete) has more to do.
    pub(crate) fn is_pending(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Returns the last error that a damaged page has caused, once.
    pub(crate) fn take_damage(&mut self) -> Option<LogError> {
        self.damage.take()
    }

    /// Deletes the events up to sequence number `through`, and the index of the blocks that have no
    /// event left. Returns whether there were such blocks.
    ///
    /// If a page is damaged, some of the events may remain. Later calls of
    /// [`delete`](Self::delete) continue.
    pub(crate) fn evict(&mut self, writer: &mut Writer<'_>, through: u64) -> Result<bool> {
        let after = if self.has_evicted { writer.state.evicted_through } else { 0 };
        let has_full_block = block_of(after + 1) < block_of(through + 1);
        let evicted = transact(writer, (after, through), |writer| {
            delete_events(writer.connection, (after, through))?;
            note_evicted(writer, through);
            Ok(has_full_block && delete_blocks(writer.connection, through)?)
        });
        let Err(error) = evicted else {
            self.has_evicted = true;
            return evicted;
        };
        self.note(error)?;
        // Before the events are deleted, so that no follower takes them for damaged ones if the
        // process is killed meanwhile.
        writer.transact(|writer| {
            note_evicted(writer, through);
            Ok(())
        })?;
        self.has_evicted = true;
        self.ranges.push_front((after, through));
        self.delete(writer)?;
        if !has_full_block {
            return Ok(false);
        }
        match writer.transact(|writer| delete_blocks(writer.connection, through)) {
            Err(error) => self.note(error).map(|()| false),
            deleted => deleted,
        }
    }

    /// Deletes evicted events that SQLite can delete, until [`FAILURES`] transactions failed. It
    /// cannot delete those on a damaged page, and some of those on the pages beside it, which it
    /// would have to join with that page. Large ranges come first, because they free the most
    /// space.
    pub(crate) fn delete(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        let mut failures = 0;
        while failures < FAILURES
            && let Some(range) = self.ranges.pop_front()
        {
            let deleted = transact(writer, range, |writer| delete_events(writer.connection, range));
            let Err(error) = deleted else { continue };
            if !is_damaged_page(&error) {
                self.ranges.push_front(range);
                return Err(error);
            }
            failures += 1;
            let (after, through) = range;
            if through - after > INDIVISIBLE {
                let middle = after + (through - after) / 2;
                self.ranges.extend([(after, middle), (middle, through)]);
            }
        }
        Ok(())
    }

    /// Keeps the error of a damaged page, and returns any other error.
    fn note(&mut self, error: LogError) -> Result<()> {
        if is_damaged_page(&error) {
            self.damage = Some(error);
            return Ok(());
        }
        Err(error)
    }
}

/// Returns the last sequence number of the events after `after` and up to `end` that are older than
/// `oldest_ms`, or `after` if there is none. The second value is whether all of them are older. If
/// a page is damaged, more events may be older.
pub(crate) fn old_through(
    connection: &Connection,
    (after, end): (u64, u64),
    oldest_ms: u64,
) -> Result<(u64, bool)> {
    let young = "SELECT seq FROM event WHERE seq > ?1 AND seq <= ?2 AND at_ms >= ?3 \
                 ORDER BY seq LIMIT 1";
    let bounds = (int(after), int(end), int(oldest_ms));
    let young = connection.query_row(young, bounds, |row| row.get(0)).optional();
    match young.map_err(LogError::from) {
        Err(error) if is_damaged_page(&error) => {}
        young => {
            let young = young?.map(number);
            return Ok((young.map_or(end, |seq| seq.saturating_sub(1)), young.is_none()));
        }
    }
    // The times of events never decrease.
    let mut span = end - after;
    while span > 0 && !is_old(connection, after + span, oldest_ms)? {
        span /= 2;
    }
    Ok((after + span, false))
}

/// Returns whether an event is older than `oldest_ms`. Returns `false` if its page is damaged.
fn is_old(connection: &Connection, seq: u64, oldest_ms: u64) -> Result<bool> {
    let at_ms = "SELECT at_ms FROM event WHERE seq = ?1";
    let at_ms = connection.query_row(at_ms, [int(seq)], |row| row.get(0)).optional();
    match at_ms.map_err(LogError::from) {
        Err(error) if is_damaged_page(&error) => Ok(false),
        at_ms => Ok(at_ms?.is_some_and(|ms| number(ms) < oldest_ms)),
    }
}

/// Returns whether SQLite found damage in a table other than `newest`.
pub(crate) fn is_damaged_page(error: &LogError) -> bool {
    matches!(error, LogError::Sql(_)) && error.is_damage()
}

/// Runs `work` in a transaction, which overwrites what it deletes if an event of the range has a
/// key: the event is also in the table `newest`, and may be deleted there later. The evicted row
/// must not remain in free pages then.
fn transact<T>(
    writer: &mut Writer<'_>,
    range: (u64, u64),
    work: impl FnOnce(&mut Writer<'_>) -> Result<T>,
) -> Result<T> {
    match has_keys(writer.connection, range)? {
        true => writer.transact_overwriting(work),
        false => writer.transact(work),
    }
}

/// Returns whether an event of the range has a key, or may have a key because a page is damaged.
fn has_keys(connection: &Connection, (after, through): (u64, u64)) -> Result<bool> {
    let query = "SELECT EXISTS \
                 (SELECT 1 FROM event WHERE seq > ?1 AND seq <= ?2 AND key IS NOT NULL)";
    let range = (int(after), int(through));
    match connection.query_row(query, range, |row| row.get(0)).map_err(LogError::from) {
        Err(error) if error.is_damage() => Ok(true),
        found => found,
    }
}

fn delete_events(connection: &Connection, (after, through): (u64, u64)) -> Result<()> {
    let delete = "DELETE FROM event WHERE seq > ?1 AND seq <= ?2";
    connection.execute(delete, (int(after), int(through)))?;
    Ok(())
}

fn note_evicted(writer: &mut Writer<'_>, through: u64) {
    writer.state.evicted_through = through.max(writer.state.evicted_through);
}

/// Deletes the index of the blocks that have no event after `through`. Returns whether there were
/// such blocks.
fn delete_blocks(connection: &Connection, through: u64) -> Result<bool> {
    let full = [int(block_of(through + 1))];
    let blocks = connection.execute("DELETE FROM block WHERE block < ?1", full)?;
    connection.execute("DELETE FROM topic_block WHERE block < ?1", full)?;
    Ok(blocks > 0)
}
