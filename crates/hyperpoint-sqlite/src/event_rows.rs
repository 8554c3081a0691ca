//! The rows of the table `event`: their checksums, and the statements that read them.

use std::time::{Duration, UNIX_EPOCH};

use hyperpoint_sse::EventName;
use hyperpoint_topics::backplane::{Deletion, Draft, Entry};
use rusqlite::{Connection, OptionalExtension, Row, Statement};

use crate::checksums::{Sum, int, number};
use crate::event_size::size;
use crate::log_error::{LogError, Result};
use crate::numbers::Numbers;
use crate::past::Past;

/// Maximum number of events in a [`Run`].
const RUN_ROWS: i64 = 4_096;
/// Maximum number of events that are looked up one by one after a damaged event.
const PROBES: usize = 10_000;

pub(crate) const COLUMNS: &str = "SELECT e.seq, t.name, e.at_ms, e.name, e.key, e.once, e.data, e.sum, \
                       e.kind, e.expires_ms, e.topic \
                       FROM event e LEFT JOIN topic t ON t.id = e.topic";

/// The kind of a row in the table `event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Event = 0,
    /// A deleted event: the row keeps its sequence number and idempotency key, without the data.
    Erased = 1,
    /// The deletion of one event. The data is the sequence number of the event.
    DeletesOne = 2,
    /// The deletion of every event of the topic up to a sequence number, which is the data.
    DeletesThrough = 3,
}

/// An undamaged row of the table `event`.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) seq: u64,
    pub(crate) at_ms: u64,
    pub(crate) kind: Kind,
    pub(crate) draft: Draft,
}

/// Returns the time from the storage of an event to its expiry, in milliseconds, or `None` if the
/// event does not expire.
pub(crate) fn expires_ms(draft: &Draft) -> Option<u64> {
    let longest = i64::MAX.unsigned_abs();
    let ms = |after: Duration| u64::try_from(after.as_millis()).unwrap_or(longest).min(longest);
    draft.expires_after.map(ms)
}

/// Returns the checksum of a row.
pub(crate) fn sum(seq: u64, at_ms: u64, kind: Kind, draft: &Draft) -> u32 {
    let name = draft.name.as_ref().map(EventName::as_str);
    let sum = Sum::default().number(seq).number(at_ms).number(kind as u64);
    let sum = sum.number(expires_ms(draft).unwrap_or(u64::MAX)).text(Some(&draft.topic)).text(name);
    sum.text(draft.key.as_deref()).text(draft.once.as_deref()).text(Some(&draft.data)).value()
}

/// Consecutive events of the log.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) entries: Vec<Entry>,
    /// The sequence number up to which the run is complete: it has every event of the log up to
    /// there, except evicted and deleted ones.
    pub(crate) through: u64,
    /// The last sequence number of the damaged range if the first event of the run is damaged; the
    /// run is then empty. Otherwise `None`.
    pub(crate) damaged_through: Option<u64>,
}

/// Advances the log's clock to the time of its newest row, unless the row is absent or damaged.
pub(crate) fn note_newest(connection: &Connection, past: &Past, last_seq: u64) -> Result<()> {
    if let Some(newest) = EventRows::prepare(connection, past)?.one(last_seq)? {
        past.clock.note(newest.at_ms);
    }
    Ok(())
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

    /// Reads the events after sequence number `after` and up to `through`, at most [`RUN_ROWS`]
    /// events and about `limit_bytes` bytes. The run ends before a damaged event.
    pub(crate) fn run(
        &mut self,
        numbers: &Numbers<'_>,
        (after, through): (u64, u64),
        limit_bytes: usize,
    ) -> Result<Run> {
        let mut run = Run { through: after, ..Run::default() };
        let (mut next, mut bytes) = (numbers.next(after), 0);
        let mut rows = self.range.query((int(after), int(through), RUN_ROWS))?;
        while bytes < limit_bytes && next <= through {
            let found = match rows.next().map_err(LogError::from) {
                Ok(found) => found.and_then(found_in),
                Err(error) if error.is_damage() => None,
                Err(error) => return Err(error),
            };
            let Some(found) = found.filter(|found| found.seq == next) else {
                break;
            };
            bytes += size(&found.draft);
            run.entries.extend(found.entry(self.past));
            run.through = next;
            next = numbers.next(next);
        }
        drop(rows);
        if run.through == after && next <= through {
            match self.one(next)? {
                Some(found) => {
                    run.entries.extend(found.entry(self.past));
                    run.through = next;
                }
                None => run.damaged_through = Some(self.damaged_from(numbers, next, through)?),
            }
        }
        Ok(run)
    }

    /// Returns the last sequence number of the damaged range that starts at `first`. The range ends
    /// before the next readable event, or after [`PROBES`] lookups.
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

    /// Returns the sequence number of the next undamaged event, or `None` if no such event is among
    /// the next [`RUN_ROWS`] rows, or if SQLite reports damage before it.
    fn next_whole(
        &mut self,
        numbers: &Numbers<'_>,
        after: u64,
        through: u64,
    ) -> Result<Option<u64>> {
        let mut rows = self.range.query((int(after), int(through), RUN_ROWS))?;
        loop {
            let found = match rows.next().map_err(LogError::from) {
                Ok(Some(row)) => found_in(row),
                Ok(None) => return Ok(None),
                Err(error) if error.is_damage() => return Ok(None),
                Err(error) => return Err(error),
            };
            // The search for rows after `after` may begin before it if a sequence number is
            // damaged.
            let is_expected = |seq: u64| seq > after && numbers.next(seq - 1) == seq;
            if let Some(found) = found.filter(|found| is_expected(found.seq)) {
                return Ok(Some(found.seq));
            }
        }
    }

    /// Reads one row. Returns `None` if it is absent or damaged.
    pub(crate) fn one(&mut self, seq: u64) -> Result<Option<Found>> {
        let found = self.one.query_row([int(seq)], |row| Ok(found_in(row))).optional();
        match found.map_err(LogError::from) {
            Ok(found) => Ok(found.flatten().filter(|found| found.seq == seq)),
            Err(error) if error.is_damage() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        let all = [Self::Event, Self::Erased, Self::DeletesOne, Self::DeletesThrough];
        all.into_iter().find(|kind| *kind as u8 == number)
    }
}

impl Found {
    /// Returns the event, unless it was deleted or the row is a deletion.
    pub(crate) fn event(self, past: &Past) -> Option<Entry> {
        if self.kind == Kind::Event { self.entry(past) } else { None }
    }

    /// Returns the entry of the log, or `None` if the event was deleted or its generation is
    /// unknown.
    pub(crate) fn entry(self, past: &Past) -> Option<Entry> {
        let number = || self.draft.data.parse().ok();
        let deletes = match self.kind {
            Kind::Event => None,
            Kind::Erased => return None,
            Kind::DeletesOne => Some(Deletion::Event(number()?)),
            Kind::DeletesThrough => Some(Deletion::Through(number()?)),
        };
        let epoch = past.generations.epoch_of(self.seq)?;
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(self.at_ms)).unwrap_or(UNIX_EPOCH);
        let Draft { topic, name, data, key, expires_after, .. } = self.draft;
        let data = if deletes.is_some() { String::new() } else { data };
        Some(Entry {
            topic,
            epoch,
            sequence: self.seq,
            name,
            data,
            key,
            expires_after,
            deletes,
            at,
        })
    }
}

/// Decodes a row with the columns of `COLUMNS`. Returns `None` if the row is damaged.
pub(crate) fn found_in(row: &Row<'_>) -> Option<Found> {
    let text = |column| row.get::<_, Option<String>>(column).ok();
    let (seq, at_ms) = (number(row.get(0).ok()?), number(row.get(2).ok()?));
    let name = match text(3)? {
        Some(name) => Some(EventName::try_from(name).ok()?),
        None => None,
    };
    let (topic, key, once, data) = (text(1)??, text(4)?, text(5)?, text(6)??);
    let expires_ms: Option<i64> = row.get(9).ok()?;
    let expires_after = expires_ms.map(|ms| Duration::from_millis(number(ms)));
    let draft = Draft { topic, name, data, key, expires_after, once };
    let kind = Kind::of(row.get(8).ok()?)?;
    let is_whole = row.get::<_, i64>(7).ok()? == i64::from(sum(seq, at_ms, kind, &draft));
    is_whole.then_some(Found { seq, at_ms, kind, draft })
}
