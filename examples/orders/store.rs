//! The database: one SQLite connection, used off the runtime's threads.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use crate::seed;

const TABLES: &str = "
    CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL, role TEXT NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY,
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

/// The store of users, orders and invoices.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

/// Why the store did not do as asked.
#[derive(Debug)]
pub enum StoreError {
    /// There is no such thing.
    Missing,
    /// It is in no state for that, for this reason.
    Conflict(&'static str),
    /// The database failed.
    Database(rusqlite::Error),
}

impl Store {
    /// A store in memory, with users and orders to begin with.
    ///
    /// # Errors
    ///
    /// When the database can't be made.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::begin(Connection::open_in_memory()?)
    }

    /// The store in this file; a new one gets users and orders to begin with.
    ///
    /// # Errors
    ///
    /// When the file can't be opened, or is no database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::begin(Connection::open(path)?)
    }

    fn begin(mut connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch("PRAGMA foreign_keys = ON;")?;
        let find = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'orders'";
        if connection.query_row(find, [], |_| Ok(())).optional()?.is_none() {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            seed::fill(&transaction)?;
            transaction.commit()?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Works with the connection on a thread that may block.
    pub(crate) async fn run<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let connection = Arc::clone(&self.0);
        let work = move || {
            // A panic leaves no transaction open: it is rolled back when it is dropped.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::Missing,
            error => Self::Database(error),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such thing"),
            Self::Conflict(reason) => f.write_str(reason),
            Self::Database(_) => f.write_str("the database failed"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Missing | Self::Conflict(_) => None,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
