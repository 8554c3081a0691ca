//! Opens connections to the database, with the settings on which durability depends, and creates
//! its tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::log_error::{LogError, Result};

/// The oldest accepted version of SQLite. Older versions may lose commits when the write-ahead log
/// restarts.
const OLDEST_SQLITE: i32 = 3_051_003;
/// The `application_id` in the header of the database, which identifies a log of topics: `HPTL`.
const APPLICATION: i32 = 0x4850_544c;
/// The version of the table layout, stored as `user_version` of the database.
const VERSION: i32 = 4;
/// Maximum time that a statement waits for a lock of another process.
const BUSY: Duration = Duration::from_secs(5);

/// Settings of every connection. `open` checks that SQLite accepted `synchronous` and
/// `journal_mode`.
const SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA mmap_size = 0;
    PRAGMA journal_size_limit = 67108864;
";

const TABLES: &str = "
    CREATE TABLE log(
        one INTEGER PRIMARY KEY CHECK(one = 1), last_seq INTEGER NOT NULL,
        evicted_through INTEGER NOT NULL, newest_bytes INTEGER NOT NULL, slice_ms INTEGER NOT NULL,
        salt INTEGER NOT NULL, file TEXT NOT NULL, sum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE generation(
        number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL UNIQUE, follows INTEGER NOT NULL,
        first_seq INTEGER NOT NULL, is_after_loss INTEGER NOT NULL,
        is_after_damage INTEGER NOT NULL, at_ms INTEGER NOT NULL, sum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE event(
        seq INTEGER PRIMARY KEY, topic INTEGER NOT NULL, guard INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, name TEXT, key TEXT, once TEXT, data TEXT NOT NULL,
        sum INTEGER NOT NULL, kind INTEGER NOT NULL, expires_ms INTEGER
    ) STRICT;
    CREATE TABLE block(block INTEGER PRIMARY KEY, topics BLOB NOT NULL) STRICT;
    CREATE TABLE topic_block(
        block INTEGER NOT NULL, topic INTEGER NOT NULL, offsets BLOB NOT NULL,
        PRIMARY KEY(block, topic)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE once(
        slice INTEGER NOT NULL, hash INTEGER NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY(slice, hash, seq)
    ) STRICT, WITHOUT ROWID;
";

/// The indexes of the table with the newest event of each key. A key is found by its hash, whose
/// size does not depend on the length of the key.
pub(crate) const NEWEST_INDEXES: &str = "
    CREATE INDEX newest_key ON newest(topic, hash);
    CREATE INDEX newest_expiry ON newest(expires_at) WHERE expires_at IS NOT NULL;
";

/// Returns the statement that creates a table with the newest event of each key. The expiry time is
/// computed from other columns, because the checksum of the event would not cover a separate
/// column.
pub(crate) fn newest_table(name: &str) -> String {
    format!(
        "CREATE TABLE {name}(
            seq INTEGER PRIMARY KEY, topic INTEGER NOT NULL, hash INTEGER NOT NULL,
            at_ms INTEGER NOT NULL, name TEXT, key TEXT NOT NULL, once TEXT, data TEXT NOT NULL,
            sum INTEGER NOT NULL, expires_ms INTEGER,
            expires_at INTEGER AS (at_ms + min(expires_ms, 4611686018427387904)) VIRTUAL
        ) STRICT;"
    )
}

/// Checkpoint and size limits of a writing connection. Only tests change the defaults.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The size of the write-ahead log, in pages, at which it is checkpointed. Default: 1,000. 0
    /// disables automatic checkpoints.
    pub(crate) checkpoint_pages: u32,
    /// Maximum number of pages of the database, to simulate a full disk. Default: no limit.
    pub(crate) max_pages: Option<u32>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { checkpoint_pages: 1_000, max_pages: None }
    }
}

/// Opens a connection that writes.
pub(crate) fn open_writer(path: &Path, pace: Pace) -> Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "wal_autocheckpoint", pace.checkpoint_pages)?;
    if let Some(pages) = pace.max_pages {
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(connection)
}

/// Opens a read-only connection. A first query makes SQLite open all files that it needs.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "cache_size", -2_048)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.query_row("SELECT count(*) FROM log", [], |_| Ok(()))?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection> {
    check_version(rusqlite::version_number())?;
    // Without SQLITE_OPEN_CREATE: `Folder` creates the file, accessible to its owner only.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    check_owner(&connection)?;
    connection.execute_batch("PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE;")?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch(SETTINGS)?;
    let synchronous: i32 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if mode != "wal" || synchronous != 2 {
        let text = format!(
            "SQLite did not accept its settings (journal_mode {mode}, synchronous {synchronous}); \
             keep the folder on a local disk"
        );
        return Err(LogError::Refused(text));
    }
    Ok(connection)
}

fn check_version(version: i32) -> Result<()> {
    if version >= OLDEST_SQLITE {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1_000 % 1_000, version % 1_000);
    Err(LogError::Refused(format!(
        "SQLite {major}.{minor}.{patch} may lose committed events; build with rusqlite's feature \
         `bundled`, or link 3.51.3 or later"
    )))
}

/// Rejects the database of another application or schema version, before anything is written to it.
fn check_owner(connection: &Connection) -> Result<()> {
    let (application, version) = (pragma(connection, "application_id")?, version(connection)?);
    if application != APPLICATION && !is_empty(connection)? {
        let text = "`topics.db` is another application's database; use another folder";
        return Err(LogError::Refused(text.to_owned()));
    }
    if application == APPLICATION && version != VERSION {
        return Err(LogError::Refused(format!(
            "`topics.db` has tables of version {version}, and this build knows {VERSION}; use the \
             build that wrote it, or another folder"
        )));
    }
    Ok(())
}

/// Creates the tables in an empty database.
pub(crate) fn create_tables(connection: &Connection) -> Result<()> {
    if is_empty(connection)? {
        connection.execute_batch(TABLES)?;
        connection.execute_batch(&newest_table("newest"))?;
        connection.execute_batch(NEWEST_INDEXES)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

fn is_empty(connection: &Connection) -> Result<bool> {
    let tables = "SELECT count(*) FROM sqlite_schema";
    Ok(connection.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0)
}

fn version(connection: &Connection) -> Result<i32> {
    pragma(connection, "user_version")
}

fn pragma(connection: &Connection, name: &str) -> Result<i32> {
    Ok(connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_sqlite_that_may_lose_commits_are_refused() {
        check_version(OLDEST_SQLITE).unwrap();
        check_version(rusqlite::version_number()).unwrap();
        let error = check_version(3_051_002).unwrap_err().to_string();
        assert!(error.starts_with("SQLite 3.51.2 may lose committed events"), "{error}");
    }
}
