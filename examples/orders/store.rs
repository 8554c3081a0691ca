//! The database: a few connections to SQLite, used outside the runtime's threads.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hyperpoint::PublishError;
use hyperpoint::topics::outbox::sql;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::pool::Pool;
use crate::seed;

const TABLES: &str = "
    CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL, role TEXT NOT NULL);
    CREATE TABLE orders (
        -- No number is given twice, also after the newest order was deleted.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        customer TEXT NOT NULL,
        status TEXT NOT NULL,
        lines TEXT NOT NULL
    );
    CREATE TABLE invoices (
        order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
        content_type TEXT NOT NULL,
        bytes BLOB NOT NULL
    );
";

/// Added to databases that were made without it, too.
const IDEMPOTENCY_KEYS: &str = "
    CREATE TABLE IF NOT EXISTS idempotency_keys (
        user TEXT NOT NULL,
        key TEXT NOT NULL,
        request TEXT NOT NULL,
        attempt TEXT NOT NULL,
        claimed_at INTEGER NOT NULL,
        created_id INTEGER,
        answer TEXT,
        PRIMARY KEY (user, key)
    );
    CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (claimed_at);
";

/// The store of users, orders and invoices.
#[derive(Clone)]
pub struct Store(Arc<Pool>);

/// An error of the store.
#[derive(Debug)]
pub enum StoreError {
    /// The requested row does not exist.
    Missing,
    /// The state of the row does not allow the change, for this reason.
    Conflict(&'static str),
    /// The database failed.
    Database(rusqlite::Error),
    /// An event of the change cannot be published.
    Event(PublishError),
}

impl Store {
    /// The number of connections to the database.
    pub const CONNECTIONS: usize = 4;

    /// Creates a store in memory, with initial users and orders.
    ///
    /// # Errors
    ///
    /// If the database cannot be created.
    pub fn in_memory() -> Result<Self, StoreError> {
        static STORES: AtomicU32 = AtomicU32::new(0);
        let number = STORES.fetch_add(1, Ordering::Relaxed);
        // The connections share the database by this name.
        Self::open(format!("file:/orders-{number}?vfs=memdb"))
    }

    /// Opens the store in this file; a new one gets the initial users and orders.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or is not a database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let connections: Result<Vec<_>, StoreError> =
            (0..Self::CONNECTIONS).map(|_| connected(path)).collect();
        let mut connections = connections?;
        connections.iter_mut().take(1).try_for_each(filled)?;
        Ok(Self(Pool::new(connections)))
    }

    /// Reads from the database, on a blocking thread.
    pub(crate) async fn read<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(|connection| work(connection)).await
    }

    /// Reads and writes in a transaction, one at a time; an error rolls it back.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(|connection| {
            // The transaction takes the lock before it reads, so what it reads stays true until the
            // commit.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
        .await
    }

    async fn run<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let mut lent = self.0.lend().await;
        // A panic leaves no open transaction: dropping the transaction rolls it back.
        match tokio::task::spawn_blocking(move || work(lent.connection())).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// Opens a connection to the database at this path.
fn connected(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // Readers of a file do not wait for a writer.
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;")?;
    Ok(connection)
}

/// Creates the tables, users and orders of a new database.
fn filled(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let find = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'orders'";
    if transaction.query_row(find, [], |_| Ok(())).optional()?.is_none() {
        transaction.execute_batch(TABLES)?;
        seed::fill(&transaction)?;
    }
    transaction.execute_batch(sql::CREATE_TABLE_SQLITE)?;
    transaction.execute_batch(IDEMPOTENCY_KEYS)?;
    Ok(transaction.commit()?)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::Missing,
            error => Self::Database(error),
        }
    }
}

impl From<PublishError> for StoreError {
    fn from(error: PublishError) -> Self {
        Self::Event(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such thing"),
            Self::Conflict(reason) => f.write_str(reason),
            Self::Database(_) => f.write_str("the database failed"),
            Self::Event(_) => f.write_str("the event of the change cannot be published"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Event(error) => Some(error),
            Self::Missing | Self::Conflict(_) => None,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
