//! A pool of connections to one database.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A pool that lends each connection to one task at a time.
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A borrowed connection, which returns to the pool when dropped.
pub(crate) struct Lent {
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// Dropped last, so that the next task finds the connection in the pool.
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(crate) fn new(connections: Vec<Connection>) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Arc::new(Self { idle: Mutex::new(connections), permits })
    }

    /// Borrows a connection, once one is idle. Waiting occupies no thread.
    pub(crate) async fn lend(self: &Arc<Self>) -> Lent {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.expect("the pool is never closed");
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { connection, pool: Arc::clone(self), _permit: permit }
    }
}

impl Lent {
    pub(crate) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("there is a connection for each permit")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}
