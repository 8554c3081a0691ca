//! Owns the rows of events: their checksums, and how they are read.

use std::time::{Duration, UNIX_EPOCH};

use hyperpoint_sse::EventName;
use hyperpoint_topics::backplane::{Draft, Entry};
use rusqlite::{Connection, OptionalExtension, Row, Statement};

use crate::checksums::{Sum, int, number};
use crate::log_error::{LogError, Result};
use crate::numbers::Numbers;
use crate::past::Past;

/// Approximate size of an event without its texts, in bytes.
pub(crate) const ROW_BYTES: usize = 64;

/// Maximum number of events in a [`Run`].
const RUN_ROWS: i64 = 4_096;
/// Maximum number of events that are looked up one by one after a damaged event.
const PROBES: usize = 10_000;

const COLUMNS: &str = "SELECT e.seq, t.name, e.at_ms, e.name, e.key, e.once, e.data, e.sum \
                       FROM event e LEFT JOIN topic t ON t.id = e.topic";

/// Returns the checksum of an event.
pub(crate) fn sum(seq: u64, at_ms: u64, draft: &Draft) -> u32 {
    let name = draft.name.as_ref().map(EventName::as_str);
    let sum = Sum::default().number(seq).number(at_ms).text(Some(&draft.topic)).text(name);
    sum.text(draft.key.as_deref()).text(draft.once.as_deref()).text(Some(&draft.data)).value()
}

/// Returns the size of an event in bytes, which counts against the limits of pages and transactions.
pub(crate) fn size(draft: &Draft) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = optional(&draft.key) + optional(&draft.once) + draft.data.len();
    ROW_BYTES + draft.topic.len() + texts
}

/// Consecutive events of the log.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) entries: Vec<Entry>,
    /// The sequence number up to which events are damaged, if the first event is. `entries` is empty then.
    pub(crate) damaged_through: Option<u64>,
}

/// Prepared statements that read events.
pub(crate) struct EventRows<'c> {
    past: &'c Past,
    range: Statement<'c>,
    one: Statement<'c>,
}

impl<'c> EventRows<'c> {
    pub(crate) fn prepare(connection: &'c Connection, past: &'c Past) -> Result<Self> {
        let range = " WHERE e.seq > ?1 AND e.seq <= ?2 ORDER BY e.seq LIMIT ?3";
        Ok(Self {
            past,
            range: connection.prepare(&format!("{COLUMNS}{range}"))?,
            one: connection.prepare(&format!("{COLUMNS} WHERE e.seq = ?1"))?,
        })
    }

    /// Reads the events after sequence number `after` and up to `through`, until they have about
    /// `limit_bytes`. The run ends before a damaged event.
    pub(crate) fn run(
        &mut self,
        numbers: &Numbers<'_>,
        (after, through): (u64, u64),
        limit_bytes: usize,
    ) -> Result<Run> {
        let (mut run, mut next, mut bytes) = (Run::default(), numbers.next(after), 0);
        let mut rows = self.range.query((int(after), int(through), RUN_ROWS))?;
        while bytes < limit_bytes && next <= through {
            let found = match rows.next().map_err(LogError::from) {
                Ok(found) => found.and_then(|row| entry(row, self.past)),
                Err(error) if error.is_damage() => None,
                Err(error) => return Err(error),
            };
            let Some((entry, size)) = found.filter(|(entry, _)| entry.sequence == next) else {
                break;
            };
            bytes += size;
            run.entries.push(entry);
            next = numbers.next(next);
        }
        drop(rows);
        if run.entries.is_empty() && next <= through {
            match self.one(next)? {
                Some((entry, _)) => run.entries.push(entry),
                None => run.damaged_through = Some(self.damaged_from(numbers, next, through)?),
            }
        }
        Ok(run)
    }

    /// Returns the last sequence number of the damaged range that starts at `first`. The range ends before
    /// the next readable event, or after [`PROBES`] lookups.
    fn damaged_from(&mut self, numbers: &Numbers<'_>, first: u64, through: u64) -> Result<u64> {
        if let Some(seq) = self.next_whole(numbers, first, through)? {
            return Ok(seq - 1);
        }
        let mut last = first;
        for _ in 0..PROBES {
            let next = numbers.next(last);
            if next > through || self.one(next)?.is_some() {
                return Ok(last.max(next - 1).min(through));
            }
            last = next;
        }
        Ok(last)
    }

    /// Returns the sequence number of the next undamaged event, or `None` if no such event is among the
    /// next [`RUN_ROWS`] rows, or if SQLite reports damage before it.
    fn next_whole(
        &mut self,
        numbers: &Numbers<'_>,
        after: u64,
        through: u64,
    ) -> Result<Option<u64>> {
        let mut rows = self.range.query((int(after), int(through), RUN_ROWS))?;
        loop {
            let found = match rows.next().map_err(LogError::from) {
                Ok(Some(row)) => entry(row, self.past),
                Ok(None) => return Ok(None),
                Err(error) if error.is_damage() => return Ok(None),
                Err(error) => return Err(error),
            };
            let is_expected = |seq: u64| numbers.next(seq - 1) == seq;
            if let Some((entry, _)) = found.filter(|(entry, _)| is_expected(entry.sequence)) {
                return Ok(Some(entry.sequence));
            }
        }
    }

    /// Reads one event, with its size. Returns `None` if it is absent or damaged.
    pub(crate) fn one(&mut self, seq: u64) -> Result<Option<(Entry, usize)>> {
        let found = self.one.query_row([int(seq)], |row| Ok(entry(row, self.past))).optional();
        match found.map_err(LogError::from) {
            Ok(found) => Ok(found.flatten().filter(|(entry, _)| entry.sequence == seq)),
            Err(error) if error.is_damage() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Reads an event from a row of [`COLUMNS`]. Returns `None` if it is damaged.
fn entry(row: &Row<'_>, past: &Past) -> Option<(Entry, usize)> {
    let text = |column| row.get::<_, Option<String>>(column).ok();
    let (seq, at_ms) = (number(row.get(0).ok()?), number(row.get(2).ok()?));
    let name = match text(3)? {
        Some(name) => Some(EventName::try_from(name).ok()?),
        None => None,
    };
    let draft = Draft { topic: text(1)??, name, key: text(4)?, once: text(5)?, data: text(6)?? };
    if row.get::<_, i64>(7).ok()? != i64::from(sum(seq, at_ms, &draft)) {
        return None;
    }
    let size = size(&draft);
    let Draft { topic, name, data, key, .. } = draft;
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(at_ms)).unwrap_or(UNIX_EPOCH);
    let epoch = past.generations.epoch_of(seq)?;
    Some((Entry { topic, epoch, sequence: seq, name, data, key, at }, size))
}
