//! The table `newest`, with the newest event of each key. Its rows are copies of events, and remain
//! when the events are evicted from the table `event`.

use std::collections::HashMap;

use hyperpoint_sse::EventName;
use hyperpoint_topics::backplane::Draft;
use rusqlite::{Connection, OptionalExtension, Params, Statement};

use crate::checksums::{hash, int, number};
use crate::event_rows::{expires_ms, found_in};
use crate::log_error::{LogError, Result};
use crate::log_state::LogState;

/// The number of keys to which a topic is reduced when it has more than [`MORE_KEYS`] additional
/// keys.
pub(crate) const TOPIC_KEYS: u64 = 10_000;
/// Number of additional keys that are stored before the oldest keys are deleted, so that not every
/// new key causes a deletion.
const MORE_KEYS: u64 = TOPIC_KEYS / 16;
/// Maximum number of the oldest or expired rows that a transaction deletes.
const ROWS: u64 = 5_000;
/// Maximum number of topics whose numbers of keys are cached.
const COUNTED_TOPICS: usize = 10_000;
/// Approximate size of a row without its strings, including its index entries, in bytes.
const ROW_BYTES: u64 = 96;

/// Selects the columns that `found_in` reads, and the id of the topic.
pub(crate) const SELECT: &str = "SELECT n.seq, t.name, n.at_ms, n.name, n.key, n.once, n.data, n.sum, 0, n.expires_ms, \
     n.topic FROM newest n LEFT JOIN topic t ON t.id = n.topic";
const TEXT_BYTES: &str = "octet_length(key) + octet_length(data) + coalesce(octet_length(name), 0) \
     + coalesce(octet_length(once), 0)";
pub(crate) const INSERT: &str =
    "INSERT OR REPLACE INTO newest VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Prepared statements that store the newest event of a key.
pub(crate) struct NewestRows<'c> {
    connection: &'c Connection,
    /// Maximum size of an event in the table `newest`, in bytes.
    limit_bytes: u64,
    /// An upper bound of the number of keys of each cached topic.
    counts: HashMap<u32, u64>,
    find: Statement<'c>,
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
    pub(crate) fn prepare(connection: &'c Connection, limit_bytes: u64) -> Result<Self> {
        let find = format!("{SELECT} WHERE n.topic = ?1 AND n.hash = ?2");
        let delete = format!("DELETE FROM newest WHERE seq = ?1 RETURNING {TEXT_BYTES}");
        let counts = HashMap::new();
        Ok(Self {
            connection,
            limit_bytes,
            counts,
            find: connection.prepare(&find)?,
            delete: connection.prepare(&delete)?,
            insert: connection.prepare(INSERT)?,
            count: connection.prepare("SELECT count(*) FROM newest WHERE topic = ?1")?,
        })
    }

    /// Clears the cached numbers of keys.
    pub(crate) fn forget_counts(&mut self) {
        self.counts.clear();
    }

    /// Stores a new event as the newest event of its key. Deletes the oldest keys of the topic if
    /// the topic has too many. An event that is too large for the table `newest` is not stored; the
    /// key then has no event.
    pub(crate) fn put(
        &mut self,
        state: &mut LogState,
        topic: u32,
        draft: &Draft,
        stamp: Stamp,
    ) -> Result<()> {
        let Some(key) = &draft.key else { return Ok(()) };
        self.try_put(state, (topic, key), draft, stamp).map_err(LogError::of_keys)
    }

    fn try_put(
        &mut self,
        state: &mut LogState,
        (topic, key): (u32, &str),
        draft: &Draft,
        stamp: Stamp,
    ) -> Result<()> {
        let hash = hash(&draft.topic, key, state.salt);
        let replaced = self.delete_key(state, (topic, key), hash)?;
        let bytes = bytes_of(draft);
        if bytes > self.limit_bytes {
            tracing::warn!(
                topic = draft.topic,
                bytes,
                "an event is too large to be stored as the newest event of its key"
            );
            return Ok(());
        }
        self.insert.execute((
            int(stamp.seq),
            topic,
            hash,
            int(stamp.at_ms),
            draft.name.as_ref().map(EventName::as_str),
            key,
            &draft.once,
            &draft.data,
            stamp.sum,
            expires_ms(draft).map(int),
        ))?;
        state.newest_bytes += bytes;
        if replaced { Ok(()) } else { self.count_key(state, topic) }
    }

    /// Deletes the event of a key, and damaged rows with the same hash. Returns whether a row was
    /// deleted.
    fn delete_key(
        &mut self,
        state: &mut LogState,
        (topic, key): (u32, &str),
        hash: i64,
    ) -> Result<bool> {
        let found = self.find.query_map((topic, hash), |row| Ok((row.get(0)?, found_in(row))))?;
        let found: Vec<(i64, _)> = found.collect::<rusqlite::Result<_>>()?;
        let is_other = |other: &str| other != key;
        let mut is_deleted = false;
        for (seq, found) in found {
            if found.is_some_and(|found| found.draft.key.as_deref().is_some_and(is_other)) {
                // The row belongs to another key with the same hash.
                continue;
            }
            let text_bytes = self.delete.query_row([seq], |row| row.get(0)).optional()?;
            let bytes = text_bytes.map_or(0, |bytes| stored_bytes(number(bytes)));
            state.newest_bytes = state.newest_bytes.saturating_sub(bytes);
            is_deleted = true;
        }
        Ok(is_deleted)
    }

    /// Counts a new key of a topic. Deletes the oldest keys if the topic has too many.
    fn count_key(&mut self, state: &mut LogState, topic: u32) -> Result<()> {
        if let Some(keys) = self.counts.get_mut(&topic) {
            *keys += 1;
            if *keys <= TOPIC_KEYS + MORE_KEYS {
                return Ok(());
            }
        }
        let mut keys = number(self.count.query_row([topic], |row| row.get(0))?);
        if keys > TOPIC_KEYS + MORE_KEYS {
            let oldest = "seq IN (SELECT seq FROM newest WHERE topic = ?1 ORDER BY seq LIMIT ?2)";
            delete(self.connection, state, oldest, (topic, int(keys - TOPIC_KEYS)))?;
            keys = TOPIC_KEYS;
        }
        if self.counts.len() >= COUNTED_TOPICS {
            self.counts.clear();
        }
        self.counts.insert(topic, keys);
        Ok(())
    }
}

/// Returns the size of an event in the table `newest`, in bytes.
pub(crate) fn bytes_of(draft: &Draft) -> u64 {
    let optional = |text: Option<&str>| text.map_or(0, str::len);
    let name = optional(draft.name.as_ref().map(EventName::as_str));
    let texts = optional(draft.key.as_deref()) + optional(draft.once.as_deref()) + name;
    stored_bytes((texts + draft.data.len()) as u64)
}

/// Returns the size of a row whose strings have this size, in bytes, including its share of the
/// page space that is too small for another row of this size.
fn stored_bytes(text_bytes: u64) -> u64 {
    /// The size of a page.
    const PAGE: u64 = 4096;
    /// The maximum size of a row that needs no overflow pages, in bytes.
    const LOCAL: u64 = 4_000;
    let row = ROW_BYTES + text_bytes;
    if row <= LOCAL { PAGE / (LOCAL / row) } else { (row / (PAGE - 4) + 1) * PAGE }
}

/// Deletes the event of a topic with this sequence number if it is the newest event of its key.
/// Returns whether an event was deleted.
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
    let last = oldest(connection, state.newest_bytes, goal_bytes).map_err(LogError::of_keys)?;
    let Some(last) = last else {
        // The table is within the limit already, or it is empty.
        state.newest_bytes = state.newest_bytes.min(goal_bytes);
        return Ok(());
    };
    delete(connection, state, "seq <= ?1", [last]).map(drop)
}

/// Returns the last sequence number to delete, or `None` if no event has to be deleted.
fn oldest(connection: &Connection, mut left: u64, goal_bytes: u64) -> Result<Option<i64>> {
    let mut last = None;
    let query = format!("SELECT seq, {TEXT_BYTES} FROM newest ORDER BY seq LIMIT ?1");
    let mut query = connection.prepare(&query)?;
    let mut rows = query.query([int(ROWS)])?;
    while left > goal_bytes {
        let Some(row) = rows.next()? else { break };
        left = left.saturating_sub(stored_bytes(number(row.get(1)?)));
        last = Some(row.get(0)?);
    }
    Ok(last)
}

/// Deletes expired events, at most 5,000 of them. Returns whether more of them may remain.
pub(crate) fn delete_expired(
    connection: &Connection,
    state: &mut LogState,
    now_ms: u64,
) -> Result<bool> {
    let expired = "seq IN (SELECT seq FROM newest WHERE expires_at <= ?1 LIMIT ?2)";
    let expired = format!("{expired} AND at_ms + expires_ms <= ?1");
    let deleted = delete(connection, state, &expired, (int(now_ms), int(ROWS)))?;
    if deleted.is_empty() && has_expired(connection, now_ms)? {
        // The index lists an expired event that the table does not have.
        return Err(LogError::KeysDamaged);
    }
    Ok(deleted.len() as u64 == ROWS)
}

/// Returns whether the table `newest` has an expired event.
pub(crate) fn has_expired(connection: &Connection, now_ms: u64) -> Result<bool> {
    let query = "SELECT 1 FROM newest WHERE expires_at <= ?1 LIMIT 1";
    let found = connection.query_row(query, [int(now_ms)], |_| Ok(())).optional();
    Ok(found.map_err(|error| LogError::from(error).of_keys())?.is_some())
}

/// Returns the size of all rows of the table `newest`, in bytes.
pub(crate) fn total_bytes(connection: &Connection) -> Result<u64> {
    let mut query = connection.prepare(&format!("SELECT {TEXT_BYTES} FROM newest"))?;
    let rows = query.query_map([], |row| Ok(stored_bytes(number(row.get(0)?))))?;
    Ok(rows.sum::<rusqlite::Result<u64>>()?)
}

/// Deletes the rows that match the SQL `condition`, and returns their sequence numbers.
fn delete(
    connection: &Connection,
    state: &mut LogState,
    condition: &str,
    params: impl Params,
) -> Result<Vec<u64>> {
    let mut deleted = Vec::new();
    let delete = || -> Result<()> {
        let delete = format!("DELETE FROM newest WHERE {condition} RETURNING seq, {TEXT_BYTES}");
        let mut delete = connection.prepare(&delete)?;
        let mut rows = delete.query(params)?;
        while let Some(row) = rows.next()? {
            deleted.push(number(row.get(0)?));
            let bytes = stored_bytes(number(row.get(1)?));
            state.newest_bytes = state.newest_bytes.saturating_sub(bytes);
        }
        Ok(())
    };
    delete().map_err(LogError::of_keys)?;
    Ok(deleted)
}
