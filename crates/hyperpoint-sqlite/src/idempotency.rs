//! The table `once` of idempotency keys, divided into slices of time. The keys are not loaded into
//! memory when the log is opened.

use std::time::Duration;

use hyperpoint_topics::backplane::Draft;
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::checksums::{hash, int, number};
use crate::log_error::{LogError, Result};

/// The number of slices into which the window of idempotency keys is divided.
const SLICES: u64 = 16;
/// Maximum number of rows that are deleted in a transaction.
const ROWS: i64 = 5_000;

/// Returns the width of a slice in milliseconds: a sixteenth of the window, and at least 1.
pub(crate) fn slice_ms(window: Duration) -> u64 {
    let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    (window_ms / SLICES).clamp(1, 1 << 40)
}

/// Prepared statements that find and store the idempotency keys of a log.
#[derive(Debug)]
pub(crate) struct Keys<'c> {
    find: Statement<'c>,
    event: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> Keys<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self> {
        let event = "SELECT t.name, e.once, e.at_ms FROM event e JOIN topic t ON t.id = e.topic \
                     WHERE e.seq = ?1";
        Ok(Self {
            find: connection.prepare("SELECT seq FROM once WHERE slice = ?1 AND hash = ?2")?,
            event: connection.prepare(event)?,
            insert: connection.prepare("INSERT OR IGNORE INTO once VALUES(?1, ?2, ?3)")?,
        })
    }

    /// Returns the sequence number of the event with the same topic and key that was stored within
    /// the window, or `None` if there is no such event.
    pub(crate) fn find(&mut self, draft: &Draft, key: &Key, at_ms: u64) -> Result<Option<u64>> {
        let slice = at_ms / key.slice_ms;
        for slice in slice.saturating_sub(SLICES)..=slice {
            if let Some(seq) = self.find_in(slice, draft, key, at_ms)? {
                return Ok(Some(number(seq)));
            }
        }
        Ok(None)
    }

    fn find_in(&mut self, slice: u64, draft: &Draft, key: &Key, at_ms: u64) -> Result<Option<i64>> {
        let rows = self.find.query_map((int(slice), key.hash), |row| row.get(0))?;
        let found: Vec<i64> = rows.collect::<rusqlite::Result<_>>()?;
        for seq in found {
            if self.is_same(draft, seq, key, at_ms)? {
                return Ok(Some(seq));
            }
        }
        Ok(None)
    }

    /// Returns whether the event with this sequence number has the topic and the key, and is within
    /// the window. Also true if the event is evicted or damaged, because its key cannot be
    /// compared.
    fn is_same(&mut self, draft: &Draft, seq: i64, key: &Key, at_ms: u64) -> Result<bool> {
        let columns = |row: &rusqlite::Row<'_>| {
            let (topic, once): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            let is_recent = at_ms.saturating_sub(number(row.get(2)?)) <= key.window_ms();
            Ok(topic == draft.topic && once == draft.once && is_recent)
        };
        // The key of an evicted or damaged event cannot be compared: the equal 64-bit hashes
        // decide.
        match self.event.query_row([seq], columns).optional().map_err(LogError::from) {
            Ok(is_same) => Ok(is_same.unwrap_or(true)),
            Err(error) if error.is_damage() => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn insert(&mut self, key: &Key, at_ms: u64, seq: u64) -> Result<()> {
        self.insert.execute((int(at_ms / key.slice_ms), key.hash, int(seq)))?;
        Ok(())
    }
}

/// The slice width and the hash by which an idempotency key is found in the table `once`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    slice_ms: u64,
    hash: i64,
}

impl Key {
    pub(crate) fn of(topic: &str, once: &str, slice_ms: u64, salt: u64) -> Self {
        Self { slice_ms, hash: hash(topic, once, salt) }
    }

    fn window_ms(&self) -> u64 {
        self.slice_ms.saturating_mul(SLICES)
    }
}

/// Deletes keys that are older than the window, at most [`ROWS`] of them. Returns whether the limit
/// was reached, so that more old keys may remain.
pub(crate) fn delete_old(connection: &Connection, slice_ms: u64, at_ms: u64) -> Result<bool> {
    delete_before(connection, (at_ms / slice_ms).saturating_sub(SLICES))
}

/// Deletes keys of the slices before the one that contains `first_ms`, the time of the oldest
/// event, at most [`ROWS`] of them. The events of these keys are evicted; the keys would otherwise
/// outgrow a log of limited size.
pub(crate) fn delete_evicted(connection: &Connection, slice_ms: u64, first_ms: u64) -> Result<()> {
    delete_before(connection, first_ms / slice_ms).map(drop)
}

fn delete_before(connection: &Connection, oldest: u64) -> Result<bool> {
    let delete = "DELETE FROM once WHERE (slice, hash, seq) IN \
                  (SELECT slice, hash, seq FROM once WHERE slice < ?1 LIMIT ?2)";
    let deleted = connection.execute(delete, (int(oldest), ROWS))?;
    Ok(deleted == usize::try_from(ROWS).unwrap_or(usize::MAX))
}

/// Returns whether the table `once` has keys that are older than the window.
pub(crate) fn has_old(connection: &Connection, slice_ms: u64, at_ms: u64) -> Result<bool> {
    let oldest = (at_ms / slice_ms).saturating_sub(SLICES);
    let query = "SELECT 1 FROM once WHERE slice < ?1 LIMIT 1";
    Ok(connection.query_row(query, [int(oldest)], |_| Ok(())).optional()?.is_some())
}

/// Moves all keys to slices of another width, and deletes the keys of evicted events.
pub(crate) fn slice_anew(connection: &Connection, slice_ms: u64) -> Result<()> {
    connection
        .execute_batch("CREATE TEMP TABLE kept AS SELECT hash, seq FROM once; DELETE FROM once")?;
    connection.execute(
        "INSERT OR IGNORE INTO once SELECT e.at_ms / ?1, k.hash, k.seq FROM kept k \
         JOIN event e ON e.seq = k.seq",
        [int(slice_ms)],
    )?;
    connection.execute_batch("DROP TABLE kept")?;
    Ok(())
}
