//! Scans a range of the log that has no index.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::checksums::{guard, int, number};
use crate::log_error::{LogError, Result};
use crate::numbers::Numbers;

/// The topic id that stands for a damaged event, whose topic is unknown.
pub(crate) const DAMAGED: u32 = 0;

/// Calls `see` with the sequence number and the topic of each event after `after` and up to
/// `through`, in order. The topic is [`DAMAGED`] if the event is absent or damaged.
pub(crate) fn scan(
    connection: &Connection,
    numbers: &Numbers<'_>,
    (after, through): (u64, u64),
    mut see: impl FnMut(u64, u32),
) -> Result<()> {
    let query = "SELECT seq, topic, guard FROM event WHERE seq > ?1 AND seq <= ?2 ORDER BY seq";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query((int(after), int(through)))?;
    let mut next = numbers.next(after);
    while next <= through {
        let (seq, topic) = match rows.next().map_err(LogError::from) {
            Ok(Some(row)) => place(row).unwrap_or((next, DAMAGED)),
            Ok(None) => (through + 1, DAMAGED),
            Err(error) if error.is_damage() => break,
            Err(error) => return Err(error),
        };
        while next < seq && next <= through {
            see(next, DAMAGED);
            next = numbers.next(next);
        }
        if next == seq {
            see(next, topic);
            next = numbers.next(next);
        }
    }
    // After damage, the remaining events are looked up one by one.
    while next <= through {
        see(next, topic_of(connection, next)?);
        next = numbers.next(next);
    }
    Ok(())
}

fn topic_of(connection: &Connection, seq: u64) -> Result<u32> {
    let query = "SELECT seq, topic, guard FROM event WHERE seq = ?1";
    let found = connection.query_row(query, [int(seq)], |row| Ok(place(row))).optional();
    match found.map_err(LogError::from) {
        Ok(found) => Ok(found.flatten().map_or(DAMAGED, |(_, topic)| topic)),
        Err(error) if error.is_damage() => Ok(DAMAGED),
        Err(error) => Err(error),
    }
}

/// Reads the sequence number and the topic of an event from the columns `seq`, `topic` and `guard`.
/// Returns `None` if they are damaged.
pub(crate) fn place(row: &Row<'_>) -> Option<(u64, u32)> {
    let (seq, topic) = (number(row.get(0).ok()?), row.get(1).ok()?);
    (row.get::<_, i64>(2).ok()? == i64::from(guard(seq, topic))).then_some((seq, topic))
}
