//! The snapshot of the log on which a read runs.

use rusqlite::Connection;

use crate::log_error::Result;
use crate::log_state::LogState;
use crate::numbers::Numbers;
use crate::past::Past;

/// The state of the log at one moment. A snapshot lasts for one short read, so that the write-ahead
/// log can restart.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) state: LogState,
    pub(crate) past: &'a Past,
}

impl Snapshot<'_> {
    /// Runs `work` on a snapshot of the current log.
    pub(crate) fn take<T>(
        connection: &Connection,
        past: &Past,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Result<T> {
        // Dropping the transaction ends it.
        let _transaction = connection.unchecked_transaction()?;
        let state = LogState::read(connection)?;
        work(&Snapshot { connection, state, past })
    }

    pub(crate) fn numbers(&self) -> Numbers<'_> {
        Numbers { evicted_through: self.state.evicted_through, skips: &self.past.skips }
    }
}
