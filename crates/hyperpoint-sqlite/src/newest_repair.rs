//! Rebuilds the table with the newest event of each key after damage.

use hyperpoint_sse::EventName;
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::checksums::{hash, int, number};
use crate::connection::{NEWEST_INDEXES, newest_table};
use crate::event_rows::{COLUMNS as EVENT_COLUMNS, Found, Kind, expires_ms, found_in, sum};
use crate::log_error::Result;
use crate::log_state::LogState;
use crate::newest_rows::{INSERT, SELECT, total_bytes};

/// The readable rows of the table `newest`, and the readable events from which the table is
/// rebuilt. Both are found before the transaction of a repair, because SQLite does not commit a
/// transaction that has read damaged pages.
#[derive(Debug)]
pub(crate) struct Undamaged {
    /// The sequence numbers of the readable rows of the table, in ascending order.
    rows: Vec<u64>,
    /// The sequence numbers of the readable events that have a key, and of deletions, in ascending
    /// order.
    events: Vec<u64>,
    /// The sequence number up to which the events were read.
    last_seq: u64,
    is_well_formed: bool,
}

impl Undamaged {
    /// Finds the readable rows and events. Reads the whole log.
    pub(crate) fn find(connection: &Connection) -> Result<Self> {
        let last_seq = LogState::read(connection)?.last_seq;
        let rows = format!("{SELECT} WHERE n.seq > ?1 AND n.seq <= ?2 ORDER BY n.seq");
        let events = format!(
            "{EVENT_COLUMNS} WHERE e.seq > ?1 AND e.seq <= ?2 \
             AND (e.key IS NOT NULL OR e.kind <> 0) ORDER BY e.seq"
        );
        Ok(Self {
            rows: scan(connection, &rows, last_seq)?,
            events: scan(connection, &events, last_seq)?,
            last_seq,
            is_well_formed: is_well_formed(connection),
        })
    }

    /// Rebuilds the table `newest`. Must be called in a transaction.
    pub(crate) fn rebuild(&self, connection: &Connection, state: &mut LogState) -> Result<()> {
        connection.execute_batch(&newest_table("rebuilt"))?;
        self.copy(connection, state.salt)?;
        if self.is_well_formed {
            connection.execute_batch("DROP TABLE newest")?;
        } else {
            // The pages of the table may also belong to another table, so they are not freed.
            connection.execute_batch(
                "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE tbl_name = 'newest'; \
                 PRAGMA writable_schema = RESET;",
            )?;
        }
        connection.execute_batch("ALTER TABLE rebuilt RENAME TO newest")?;
        connection.execute_batch(NEWEST_INDEXES)?;
        connection.execute_batch(
            "DELETE FROM newest WHERE EXISTS (SELECT 1 FROM newest n WHERE n.topic = newest.topic \
             AND n.hash = newest.hash AND n.key = newest.key AND n.seq > newest.seq)",
        )?;
        self.replay(connection, state)?;
        state.newest_bytes = total_bytes(connection)?;
        Ok(())
    }

    /// Copies the readable rows of the damaged table to the new table.
    fn copy(&self, connection: &Connection, salt: u64) -> Result<()> {
        let mut row = connection.prepare(&format!("{SELECT} WHERE n.seq = ?1"))?;
        let mut insert = connection.prepare(&INSERT.replace("newest", "rebuilt"))?;
        for seq in &self.rows {
            if let Some((found, topic)) = one(&mut row, *seq)? {
                Values { topic, found, salt }.insert(&mut insert)?;
            }
        }
        Ok(())
    }

    /// Stores the newest event of each key that is still in the log, and applies the deletions in
    /// the log.
    fn replay(&self, connection: &Connection, state: &LogState) -> Result<()> {
        let mut event = connection.prepare(&format!("{EVENT_COLUMNS} WHERE e.seq = ?1"))?;
        let mut insert = connection.prepare(INSERT)?;
        let of_key = "SELECT coalesce(max(seq), 0) FROM newest \
                      WHERE topic = ?1 AND hash = ?2 AND key = ?3";
        let mut of_key = connection.prepare(of_key)?;
        let mut delete = connection.prepare("DELETE FROM newest WHERE seq = ?1")?;
        let mut purge = connection.prepare("DELETE FROM newest WHERE topic = ?1 AND seq <= ?2")?;
        let meanwhile = self.last_seq + 1..=state.last_seq;
        for seq in self.events.iter().copied().chain(meanwhile) {
            let Some((found, topic)) = one(&mut event, seq)? else { continue };
            if found.kind == Kind::DeletesThrough {
                purge.execute((topic, found.draft.data.parse::<i64>().unwrap_or(0)))?;
            }
            let Some(key) = &found.draft.key else { continue };
            let of = (topic, hash(&found.draft.topic, key, state.salt), key);
            let stored: i64 = of_key.query_row(of, |row| row.get(0))?;
            if number(stored) >= seq {
                continue;
            }
            delete.execute([stored])?;
            if found.kind == Kind::Event {
                Values { topic, found, salt: state.salt }.insert(&mut insert)?;
            }
        }
        Ok(())
    }
}

/// Returns the highest sequence number of an undamaged row of the table `newest`, or 0 if no such
/// row is found.
pub(crate) fn last_of_keys(connection: &Connection) -> Result<u64> {
    /// Maximum number of rows to search, since the rows with the highest numbers may be damaged.
    const ROWS: u32 = 1_000;
    if !connection.table_exists(None, "newest")? {
        return Ok(0);
    }
    let query = format!("{SELECT} ORDER BY n.seq DESC LIMIT ?1");
    let mut query = connection.prepare(&query)?;
    let mut rows = query.query([ROWS])?;
    while let Some(row) = rows.next()? {
        if let Some(found) = found_in(row) {
            return Ok(found.seq);
        }
    }
    Ok(0)
}

/// An undamaged event, to be stored in the table `newest`.
struct Values {
    topic: u32,
    found: Found,
    salt: u64,
}

impl Values {
    fn insert(self, insert: &mut Statement<'_>) -> Result<()> {
        let Found { seq, at_ms, kind, draft } = self.found;
        let sum = sum(seq, at_ms, kind, &draft);
        let key = draft.key.as_deref().unwrap_or_default();
        insert.execute((
            int(seq),
            self.topic,
            hash(&draft.topic, key, self.salt),
            int(at_ms),
            draft.name.as_ref().map(EventName::as_str),
            key,
            &draft.once,
            &draft.data,
            sum,
            expires_ms(&draft).map(int),
        ))?;
        Ok(())
    }
}

/// Reads a row, with the id of its topic. Returns `None` if the row is absent or damaged.
fn one(statement: &mut Statement<'_>, seq: u64) -> Result<Option<(Found, u32)>> {
    let found = statement.query_row([int(seq)], |row| Ok((found_in(row), row.get(10)?)));
    let found = found.optional()?;
    Ok(found.and_then(|(found, topic)| Some((found?, topic))))
}

/// Returns the sequence numbers, up to `last`, of the undamaged rows that `query` selects, in
/// ascending order. Skips damaged pages.
fn scan(connection: &Connection, query: &str, last: u64) -> Result<Vec<u64>> {
    /// The initial and the maximum number of sequence numbers that are skipped after damage.
    const SKIPS: (u64, u64) = (64, 1 << 20);
    let mut statement = connection.prepare(query)?;
    let (mut numbers, mut after, mut skip) = (Vec::new(), 0, SKIPS.0);
    while after < last {
        let before = after;
        match scan_after(&mut statement, &mut numbers, &mut after, last) {
            Err(error) if error.is_damage() => {
                skip = if after > before { SKIPS.0 } else { SKIPS.1.min(skip * 2) };
                after += skip;
            }
            done => return done.map(|()| numbers),
        }
    }
    Ok(numbers)
}

fn scan_after(
    statement: &mut Statement<'_>,
    numbers: &mut Vec<u64>,
    after: &mut u64,
    last: u64,
) -> Result<()> {
    let mut rows = statement.query((int(*after), int(last)))?;
    while let Some(row) = rows.next()? {
        let Some(Found { seq, .. }) = found_in(row) else { continue };
        // A sequence number that is out of order is damaged.
        if seq > *after && seq <= last {
            *after = seq;
            numbers.push(seq);
        }
    }
    Ok(())
}

/// Returns whether the pages of the table `newest` and of its indexes are well-formed, so that they
/// can be freed.
fn is_well_formed(connection: &Connection) -> bool {
    let check = || -> Result<bool> {
        let check = "SELECT * FROM pragma_integrity_check('newest')";
        let mut check = connection.prepare(check)?;
        let mut rows = check.query([])?;
        while let Some(row) = rows.next()? {
            // A heading, after which SQLite reports faults of pages. Other lines report faults of
            // rows.
            if row.get::<_, String>(0)?.starts_with("***") {
                return Ok(false);
            }
        }
        Ok(true)
    };
    check().unwrap_or(false)
}
