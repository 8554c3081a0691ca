//! The table of an outbox in SQL, and its statements. The statements are the same for `SQLite` and
//! Postgres, for crates such as `rusqlite`, `sqlx` and `tokio-postgres`.
//!
//! # Examples
//!
//! ```
//! use hyperpoint::topics::outbox::{OutboxEvent, sql};
//! use rusqlite::{Connection, params};
//!
//! /// Call this function in the transaction of the change that the event reports.
//! fn insert(database: &Connection, event: &OutboxEvent) -> rusqlite::Result<()> {
//!     let OutboxEvent { id, topic, name, data, key } = event;
//!     database.execute(sql::INSERT, params![id, topic, name, data, key])?;
//!     Ok(())
//! }
//!
//! let database = Connection::open_in_memory()?;
//! database.execute_batch(sql::CREATE_TABLE_SQLITE)?;
//! # Ok::<(), rusqlite::Error>(())
//! ```

/// Creates the table `hyperpoint_outbox` in `SQLite`, if it is absent.
pub const CREATE_TABLE_SQLITE: &str = "
    CREATE TABLE IF NOT EXISTS hyperpoint_outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        topic TEXT NOT NULL,
        name TEXT,
        data TEXT NOT NULL,
        key TEXT,
        UNIQUE (topic, id)
    )";

/// Creates the table `hyperpoint_outbox` in Postgres, if it is absent. Several nodes may execute
/// this statement at the same time: without the lock, `CREATE TABLE IF NOT EXISTS` would fail on
/// some of them.
pub const CREATE_TABLE_POSTGRES: &str = "
    DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(7522430190461873);
        CREATE TABLE IF NOT EXISTS hyperpoint_outbox (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id TEXT NOT NULL,
            topic TEXT NOT NULL,
            name TEXT,
            data TEXT NOT NULL,
            key TEXT,
            UNIQUE (topic, id)
        );
    END $$";

/// Inserts an event: its id, topic, name, data and key. Inserts nothing if the table already has an
/// event with this id and topic.
pub const INSERT: &str = "
    INSERT INTO hyperpoint_outbox (id, topic, name, data, key) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (topic, id) DO NOTHING";

/// Selects the number, id, topic, name, data and key of at most `$2` events with a row number above
/// `$1`, by ascending number, for [`Outbox::read`](super::Outbox::read).
pub const READ: &str = "
    SELECT number, id, topic, name, data, key FROM hyperpoint_outbox
    WHERE number > $1 ORDER BY number LIMIT $2";

/// Deletes the event with row number `$1`, for [`Outbox::delete`](super::Outbox::delete).
pub const DELETE: &str = "DELETE FROM hyperpoint_outbox WHERE number = $1";
