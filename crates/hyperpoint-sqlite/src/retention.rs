//! Deletion of old events, by the size of the log and by their age.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::OptionalExtension;

use crate::block_rows::BlockRows;
use crate::checksums::{int, number};
use crate::eviction::{Undeleted, is_damaged_page, old_through};
use crate::idempotency::{delete_evicted, delete_old, has_old};
use crate::log_error::{LogError, Result};
use crate::log_options::SqliteLogOptions;
use crate::newest_rows::{delete_expired, delete_oldest, has_expired};
use crate::numbers::block_of;
use crate::writer::Writer;

/// Maximum number of events that are deleted in a transaction.
const ROWS: u64 = 5_000;
/// Minimum size of a log, in bytes.
const LEAST_BYTES: u64 = 256 * 1024;
/// Maximum size of the space that is kept free for writes during a deletion, in bytes.
const MOST_RESERVE: u64 = 16 * 1024 * 1024;
/// The newest events of keys may take the size limit of the log divided by this number.
const NEWEST_SHARE: u64 = 4;
/// Topics without events are deleted if the number of topics exceeds this number plus twice the
/// number of topics that had events at the last deletion.
const IDLE_TOPICS: u64 = 1_000;

/// The SQL condition that selects topics without a key in the table `newest`.
const WITHOUT_KEYS: &str = "NOT EXISTS (SELECT 1 FROM newest WHERE newest.topic = topic.id)";

/// The limits of a log, and the state of their enforcement.
#[derive(Debug)]
pub(crate) struct Retention {
    bytes: u64,
    age: Duration,
    is_trimming: bool,
    /// The number of bytes that may be written before the size of the log is checked again.
    unchecked_bytes: u64,
    /// The number of bytes written since the last check of the size, or `u64::MAX` before the
    /// first.
    written_bytes: u64,
    /// The number of topics that had events when topics were last deleted.
    live_topics: u64,
    undeleted: Undeleted,
}

impl Retention {
    pub(crate) fn new(options: &SqliteLogOptions) -> Self {
        let total = options.total_bytes.max(LEAST_BYTES);
        let bytes = total - (total / 8).min(MOST_RESERVE);
        let unchecked_bytes = (total - bytes) / 8;
        Self {
            bytes,
            age: options.age,
            is_trimming: false,
            unchecked_bytes,
            written_bytes: u64::MAX,
            live_topics: 0,
            undeleted: Undeleted::default(),
        }
    }

    /// Returns the size, in bytes, to which the table `newest` is reduced when it exceeds its share
    /// of the log.
    pub(crate) fn newest_bytes(&self) -> u64 {
        let share = self.bytes / NEWEST_SHARE;
        share - share / 32
    }

    /// Returns the last error that a damaged page has caused during a deletion, once. The deletion
    /// continues around the page.
    pub(crate) fn take_damage(&mut self) -> Option<LogError> {
        self.undeleted.take_damage()
    }

    /// Records that events of this size, in bytes, were written.
    pub(crate) fn note_written(&mut self, bytes: u64) {
        /// The maximum ratio of stored bytes to an event's size. An event with a key is stored
        /// twice.
        const GROWTH: u64 = 3;
        self.written_bytes = self.written_bytes.saturating_add(bytes.saturating_mul(GROWTH));
    }

    /// Deletes the oldest events while the log exceeds its limit, and the oldest rows of the table
    /// `newest` while the table exceeds its share. If trimming the table fails, the oldest events
    /// are still deleted.
    pub(crate) fn trim(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        let newest = self.trim_newest(writer);
        self.undeleted.delete(writer)?;
        self.trim_events(writer)?;
        newest
    }

    /// Deletes the oldest events while the log exceeds its limit. Later calls continue until the
    /// size is 1/32 below the limit, so that not every new event causes a deletion. Checks the size
    /// only after `unchecked_bytes` were written.
    fn trim_events(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        if !self.is_trimming && self.written_bytes < self.unchecked_bytes {
            return Ok(());
        }
        self.written_bytes = 0;
        loop {
            let used = used_bytes(writer)?;
            self.is_trimming |= used > self.bytes;
            let goal = self.bytes - self.bytes / 32;
            if !self.is_trimming || used <= goal {
                self.is_trimming = false;
                return Ok(());
            }
            let (last, evicted) = (writer.state.last_seq, writer.state.evicted_through);
            let of_events = used.saturating_sub(writer.state.newest_bytes);
            let average = (of_events / (last - evicted).max(1)).max(1);
            let through = evicted + ((used - goal) / average).clamp(1, ROWS);
            let through = through.min(last.saturating_sub(1));
            if through <= evicted {
                // The newest event is kept, however large it is.
                return Ok(());
            }
            self.evict(writer, through)?;
            delete_keys(writer)?;
            if used <= self.bytes || self.undeleted.is_pending() {
                return Ok(());
            }
        }
    }

    /// Deletes events and idempotency keys that are too old, and expired rows of the table
    /// `newest`, at most 5,000 of each. Returns whether more of them may remain. If deleting keys or
    /// expired rows fails, old events are still deleted.
    pub(crate) fn age_out(&mut self, writer: &mut Writer<'_>) -> Result<bool> {
        let now_ms = writer.past().clock.now_ms();
        let is_more = age_out_keys(writer, now_ms);
        let age_ms = u64::try_from(self.age.as_millis()).unwrap_or(u64::MAX);
        let evicted = writer.state.evicted_through;
        let end = (evicted + ROWS).min(writer.state.last_seq);
        let oldest_ms = now_ms.saturating_sub(age_ms);
        let (through, are_all_old) = old_through(writer.connection, (evicted, end), oldest_ms)?;
        if through > evicted {
            self.evict(writer, through)?;
        }
        Ok(is_more? || (through > evicted && are_all_old))
    }

    /// Deletes the oldest rows of the table `newest` while the table exceeds its share of the log.
    fn trim_newest(&self, writer: &mut Writer<'_>) -> Result<()> {
        let share = self.bytes / NEWEST_SHARE;
        let goal = self.newest_bytes();
        while writer.state.newest_bytes > share {
            writer.transact_overwriting(|writer| {
                delete_oldest(writer.connection, &mut writer.state, goal)
            })?;
        }
        Ok(())
    }

    fn evict(&mut self, writer: &mut Writer<'_>, through: u64) -> Result<()> {
        let is_over = self.undeleted.evict(writer, through.min(writer.state.last_seq))?;
        if is_over { self.delete_topics(writer) } else { Ok(()) }
    }

    /// Deletes topics that have no events if the log has many of them.
    fn delete_topics(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        let count = format!("SELECT count(*) FROM topic WHERE {WITHOUT_KEYS}");
        let count = writer.connection.query_row(&count, [], |row| row.get(0));
        let count = number(count.map_err(|error| LogError::from(error).of_keys())?);
        if count <= self.live_topics * 2 + IDLE_TOPICS {
            return Ok(());
        }
        loop {
            let (live, deleted) = writer.transact(delete_idle_topics)?;
            self.live_topics = live;
            if deleted < ROWS {
                return Ok(());
            }
        }
    }
}

/// Deletes idempotency keys that are too old, and expired rows of the table `newest`, at most 5,000
/// of each. Returns whether more of them may remain.
fn age_out_keys(writer: &mut Writer<'_>, now_ms: u64) -> Result<bool> {
    let (mut is_more, slice_ms) = (false, writer.state.slice_ms);
    if has_old(writer.connection, slice_ms, now_ms)? {
        is_more = writer.transact(|writer| delete_old(writer.connection, slice_ms, now_ms))?;
    }
    if has_expired(writer.connection, now_ms)? {
        let delete =
            |writer: &mut Writer<'_>| delete_expired(writer.connection, &mut writer.state, now_ms);
        is_more |= writer.transact_overwriting(delete)?;
    }
    Ok(is_more)
}

/// Deletes idempotency keys of evicted events, at most 5,000 of them. If the page of the first event
/// is damaged, deletes none.
fn delete_keys(writer: &mut Writer<'_>) -> Result<()> {
    let deleted = writer.transact(|writer| {
        let first = "SELECT at_ms FROM event WHERE seq > ?1 ORDER BY seq LIMIT 1";
        let after = [int(writer.state.evicted_through)];
        let first_ms = writer.connection.query_row(first, after, |row| row.get(0)).optional()?;
        let slice_ms = writer.state.slice_ms;
        first_ms.map_or(Ok(()), |ms| delete_evicted(writer.connection, slice_ms, number(ms)))
    });
    match deleted {
        Err(error) if is_damaged_page(&error) => Ok(()),
        deleted => deleted,
    }
}

/// Deletes topics that have no event, at most [`ROWS`] of them. Returns the number of topics that
/// have events, and the number of deleted topics. Deletes none if the index is damaged.
fn delete_idle_topics(writer: &mut Writer<'_>) -> Result<(u64, u64)> {
    let query = format!("SELECT id FROM topic WHERE {WITHOUT_KEYS}");
    let mut query = writer.connection.prepare(&query)?;
    let topics = query.query_map([], |row| row.get(0))?;
    let topics = topics.collect::<rusqlite::Result<Vec<u32>>>();
    let topics = topics.map_err(|error| LogError::from(error).of_keys())?;
    let Some(live) = live_topics(writer)? else { return Ok((topics.len() as u64, 0)) };
    let mut delete = writer.connection.prepare("DELETE FROM topic WHERE id = ?1")?;
    let idle = topics.iter().filter(|topic| !live.contains(topic));
    let mut deleted = 0;
    for (topic, _) in idle.zip(0..ROWS) {
        delete.execute([topic])?;
        deleted += 1;
    }
    writer.topics.clear();
    Ok((live.len() as u64, deleted))
}

/// Returns the topics that have events, or `None` if the index is damaged.
fn live_topics(writer: &Writer<'_>) -> Result<Option<HashSet<u32>>> {
    let mut live: HashSet<u32> = writer.open.topics().collect();
    let first = block_of(writer.state.evicted_through + 1);
    let query = "SELECT block FROM block WHERE block >= ?1 ORDER BY block";
    let mut query = writer.connection.prepare(query)?;
    let blocks = query.query_map([int(first)], |row| row.get(0))?;
    let blocks: Vec<i64> = blocks.collect::<rusqlite::Result<_>>()?;
    let mut index = BlockRows::prepare(writer.connection)?;
    for block in blocks {
        match index.topics(number(block))? {
            Some(topics) => live.extend(topics),
            None => return Ok(None),
        }
    }
    Ok(Some(live))
}

/// Returns the size of the database pages in use, in bytes.
fn used_bytes(writer: &Writer<'_>) -> Result<u64> {
    let pragma = |name: &str| -> Result<u64> {
        let query = format!("PRAGMA {name}");
        Ok(number(writer.connection.query_row(&query, [], |row| row.get(0))?))
    };
    Ok(pragma("page_count")?.saturating_sub(pragma("freelist_count")?) * 4096)
}
