//! The only row of the table `log`, with the last sequence number and the last evicted one.

use rusqlite::{Connection, OptionalExtension, Row, Statement};

use crate::checksums::{Sum, int, number};
use crate::log_error::{LogError, Result};

/// The row of the table `log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogState {
    /// The last assigned sequence number.
    pub(crate) last_seq: u64,
    /// The sequence number up to which events are evicted.
    pub(crate) evicted_through: u64,
    /// The size of the rows of the table `newest`, in bytes.
    pub(crate) newest_bytes: u64,
    /// The width of a slice of idempotency keys, in milliseconds.
    pub(crate) slice_ms: u64,
    /// A random number that makes the hashes of keys and idempotency keys unpredictable.
    pub(crate) salt: u64,
    /// The identity of the database's file.
    pub(crate) file: String,
}

impl LogState {
    /// Reads the row. Returns `None` if the row is absent or damaged.
    pub(crate) fn find(connection: &Connection) -> Result<Option<Self>> {
        let columns =
            "SELECT last_seq, evicted_through, newest_bytes, slice_ms, salt, file, sum FROM log";
        let found = connection.query_row(columns, [], |row| Ok(Self::of(row).ok())).optional();
        match found.map_err(LogError::from) {
            Ok(found) => Ok(found.flatten().flatten()),
            Err(error) if error.is_damage() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the row. Fails if it is absent or damaged.
    pub(crate) fn read(connection: &Connection) -> Result<Self> {
        let damaged = || {
            LogError::Refused(
                "the table `log` of `topics.db` is damaged; stop all processes that \
                 use the log, then start them again"
                    .to_owned(),
            )
        };
        Self::find(connection)?.ok_or_else(damaged)
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let get = |column| Ok::<_, rusqlite::Error>(number(row.get(column)?));
        let (last_seq, evicted_through) = (get(0)?, get(1)?);
        let (newest_bytes, slice_ms, salt, file) = (get(2)?, get(3)?, get(4)?, row.get(5)?);
        let state = Self { last_seq, evicted_through, newest_bytes, slice_ms, salt, file };
        Ok((row.get::<_, i64>(6)? == i64::from(state.sum())).then_some(state))
    }

    /// Writes the whole row.
    pub(crate) fn write(&self, connection: &Connection) -> Result<()> {
        let columns = "INSERT OR REPLACE INTO log VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (last_seq, evicted_through) = (int(self.last_seq), int(self.evicted_through));
        let (slice_ms, salt) = (int(self.slice_ms), int(self.salt));
        let (newest_bytes, file) = (int(self.newest_bytes), &self.file);
        let values = (last_seq, evicted_through, newest_bytes, slice_ms, salt, file, self.sum());
        connection.execute(columns, values)?;
        Ok(())
    }

    /// Prepares the statement of [`save`](Self::save).
    pub(crate) fn prepare_save(connection: &Connection) -> Result<Statement<'_>> {
        let update = "UPDATE log SET last_seq = ?1, evicted_through = ?2, newest_bytes = ?3, sum = ?4 \
                      WHERE one = 1";
        Ok(connection.prepare(update)?)
    }

    /// Writes the fields that change while the log is open, and the checksum.
    pub(crate) fn save(&self, statement: &mut Statement<'_>) -> Result<()> {
        let (last_seq, evicted_through) = (int(self.last_seq), int(self.evicted_through));
        statement.execute((last_seq, evicted_through, int(self.newest_bytes), self.sum()))?;
        Ok(())
    }

    fn sum(&self) -> u32 {
        let numbers = Sum::default().number(self.last_seq).number(self.evicted_through);
        let numbers = numbers.number(self.newest_bytes);
        numbers.number(self.slice_ms).number(self.salt).text(Some(&self.file)).value()
    }
}
