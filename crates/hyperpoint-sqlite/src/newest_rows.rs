//! Owns the table with the newest event of each key. Its rows are copies, which retention does not delete.

use std::collections::HashMap;

use hyperpoint_sse::EventName;
use hyperpoint_topics::backplane::Draft;
use rusqlite::{Connection, OptionalExtension, Params, Statement};

use crate::checksums::{int, number};
use crate::event_rows::{expires_ms, size};
use crate::log_error::Result;
use crate::log_state::LogState;

/// Minimum number of keys of a topic that are kept.
pub(crate) const TOPIC_KEYS: u64 = 10_000;
/// Number of additional keys that are stored before the oldest keys are deleted, so that not every
/// new key causes a deletion.
const MORE_KEYS: u64 = TOPIC_KEYS / 16;
/// Maximum number of rows that are deleted in a transaction to make room.
const ROWS: u64 = 5_000;

/// Prepared statements that store the newest event of a key.
pub(crate) struct NewestRows<'c> {
    connection: &'c Connection,
    delete: Statement<'c>,
    insert: Statement<'c>,
    count: Statement<'c>,
}

/// The sequence number of an event, its time and its checksum.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) seq: u64,
    pub(crate) at_ms: u64,
    pub(crate) sum: u32,
}

impl<'c> NewestRows<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self> {
        let delete = "DELETE FROM newest WHERE topic = ?1 AND key = ?2 RETURNING bytes";
        let insert = "INSERT INTO newest VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let count = "UPDATE topic SET keys = keys + 1 WHERE id = ?1 RETURNING keys";
        Ok(Self {
            connection,
            delete: connection.prepare(delete)?,
            insert: connection.prepare(insert)?,
            count: connection.prepare(count)?,
        })
    }

    /// Stores a new event as the newest one of its key. Deletes the oldest keys of the topic if it has too
    /// many.
    pub(crate) fn put(
        &mut self,
        state: &mut LogState,
        topic: u32,
        draft: &Draft,
        stamp: Stamp,
    ) -> Result<()> {
        let Some(key) = &draft.key else { return Ok(()) };
        let replaced = self.delete.query_row((topic, key), |row| row.get(0)).optional()?;
        let (bytes, expires_ms) = (size(draft) as u64, expires_ms(draft));
        let expires_at = expires_ms.map(|after_ms| int(stamp.at_ms.saturating_add(after_ms)));
        self.insert.execute((
            int(stamp.seq),
            topic,
            key,
            int(stamp.at_ms),
            draft.name.as_ref().map(EventName::as_str),
            &draft.once,
            &draft.data,
            stamp.sum,
            expires_ms.map(int),
            expires_at,
            int(bytes),
        ))?;
        state.newest_bytes =
            (state.newest_bytes + bytes).saturating_sub(replaced.map_or(0, number));
        if replaced.is_some() {
            return Ok(());
        }
        let keys = number(self.count.query_row([topic], |row| row.get(0))?);
        if keys > TOPIC_KEYS + MORE_KEYS {
            let oldest = "seq IN (SELECT seq FROM newest WHERE topic = ?1 ORDER BY seq LIMIT ?2)";
            delete(self.connection, state, oldest, (topic, int(keys - TOPIC_KEYS)))?;
        }
        Ok(())
    }
}

/// Deletes the event of a topic with this number, if it is the newest of its key. Returns whether it was.
pub(crate) fn delete_one(
    connection: &Connection,
    state: &mut LogState,
    topic: u32,
    seq: u64,
) -> Result<bool> {
    let deleted = delete(connection, state, "topic = ?1 AND seq = ?2", (topic, int(seq)))?;
    Ok(!deleted.is_empty())
}

/// Deletes the events of a topic up to sequence number `through`, and returns their sequence
/// numbers.
pub(crate) fn delete_through(
    connection: &Connection,
    state: &mut LogState,
    topic: u32,
    through: u64,
) -> Result<Vec<u64>> {
    delete(connection, state, "topic = ?1 AND seq <= ?2", (topic, int(through)))
}

/// Deletes the oldest events of all topics, at most 5,000 of them, until the remaining events have
/// at most `goal_bytes` bytes.
pub(crate) fn delete_oldest(
    connection: &Connection,
    state: &mut LogState,
    goal_bytes: u64,
) -> Result<()> {
    let (mut left, mut last) = (state.newest_bytes, None);
    let mut query = connection.prepare("SELECT seq, bytes FROM newest ORDER BY seq LIMIT ?1")?;
    let mut rows = query.query([int(ROWS)])?;
    while left > goal_bytes {
        let Some(row) = rows.next()? else { break };
        left = left.saturating_sub(number(row.get(1)?));
        last = Some(row.get::<_, i64>(0)?);
    }
    let Some(last) = last else {
        // The table is within the limit already, or it is empty.
        state.newest_bytes = state.newest_bytes.min(goal_bytes);
        return Ok(());
    };
    delete(connection, state, "seq <= ?1", [last]).map(drop)
}

/// Deletes expired events, at most 5,000 of them. Returns whether there may be more.
pub(crate) fn delete_expired(
    connection: &Connection,
    state: &mut LogState,
    now_ms: u64,
) -> Result<bool> {
    let expired = "seq IN (SELECT seq FROM newest WHERE expires_at <= ?1 LIMIT ?2)";
    let deleted = delete(connection, state, expired, (int(now_ms), int(ROWS)))?;
    Ok(deleted.len() as u64 == ROWS)
}

/// Returns whether the table has an expired event.
pub(crate) fn has_expired(connection: &Connection, now_ms: u64) -> Result<bool> {
    let query = "SELECT 1 FROM newest WHERE expires_at <= ?1 LIMIT 1";
    Ok(connection.query_row(query, [int(now_ms)], |_| Ok(())).optional()?.is_some())
}

/// Returns the size of all rows, in bytes.
pub(crate) fn total_bytes(connection: &Connection) -> Result<u64> {
    let query = "SELECT coalesce(sum(bytes), 0) FROM newest";
    Ok(number(connection.query_row(query, [], |row| row.get(0))?))
}

/// Deletes the rows that match the SQL `condition`, and returns their sequence numbers.
fn delete(
    connection: &Connection,
    state: &mut LogState,
    condition: &str,
    params: impl Params,
) -> Result<Vec<u64>> {
    let delete = format!("DELETE FROM newest WHERE {condition} RETURNING seq, topic, bytes");
    let mut delete = connection.prepare(&delete)?;
    let mut rows = delete.query(params)?;
    let (mut deleted, mut topics) = (Vec::new(), HashMap::<u32, i64>::new());
    while let Some(row) = rows.next()? {
        deleted.push(number(row.get(0)?));
        *topics.entry(row.get(1)?).or_default() += 1;
        state.newest_bytes = state.newest_bytes.saturating_sub(number(row.get(2)?));
    }
    let mut count = connection.prepare("UPDATE topic SET keys = keys - ?2 WHERE id = ?1")?;
    for (topic, keys) in topics {
        count.execute((topic, keys))?;
    }
    Ok(deleted)
}
