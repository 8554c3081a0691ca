//! Owns what a reader sees: the log at one moment.

use rusqlite::Connection;

use crate::log_error::Result;
use crate::log_state::LogState;
use crate::numbers::Numbers;

/// The log at one moment. It lasts for one short read, so that the write-ahead log can begin anew.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) state: LogState,
    pub(crate) skips: &'a [(u64, u64)],
}

impl Snapshot<'_> {
    /// Does this work on the log as it is now.
    pub(crate) fn take<T>(
        connection: &Connection,
        skips: &[(u64, u64)],
        work: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Result<T> {
        // Dropping it ends it.
        let _transaction = connection.unchecked_transaction()?;
        let state = LogState::read(connection)?;
        work(&Snapshot { connection, state, skips })
    }

    pub(crate) fn numbers(&self) -> Numbers<'_> {
        Numbers { evicted_through: self.state.evicted_through, skips: self.skips }
    }
}
