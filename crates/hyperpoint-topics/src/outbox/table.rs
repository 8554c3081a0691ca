//! [`Outbox`], a table in the database of an application.

use std::error::Error;

use async_trait::async_trait;

use crate::outbox_event::OutboxEvent;

/// The error of an outbox: the error of its database.
pub type OutboxError = Box<dyn Error + Send + Sync>;

/// A table in an application's own database with the events that an
/// [`OutboxRelay`](super::OutboxRelay) publishes.
///
/// The application itself inserts the rows; the statements for `SQLite` and Postgres are in
/// [`sql`](super::sql).
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use hyperpoint::async_trait;
/// use hyperpoint::topics::outbox::{Outbox, OutboxError, OutboxEvent};
///
/// /// Rows in memory, for tests.
/// struct Rows(Mutex<BTreeMap<i64, OutboxEvent>>);
///
/// #[async_trait]
/// impl Outbox for Rows {
///     async fn read(
///         &self,
///         after: i64,
///         limit: usize,
///     ) -> Result<Vec<(i64, OutboxEvent)>, OutboxError> {
///         let rows = self.0.lock().unwrap();
///         let later = rows.range(after.saturating_add(1)..).take(limit);
///         Ok(later.map(|(number, event)| (*number, event.clone())).collect())
///     }
///
///     async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError> {
///         self.0.lock().unwrap().retain(|number, _| !numbers.contains(number));
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Returns at most `limit` committed events with a row number above `after`, by ascending
    /// number.
    ///
    /// # Errors
    ///
    /// If the database failed. The relay retries.
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<(i64, OutboxEvent)>, OutboxError>;

    /// Deletes the events with these row numbers. An absent event is not an error: another relay of
    /// the same outbox may have deleted it.
    ///
    /// # Errors
    ///
    /// If the database failed. The relay retries the deletion before it publishes further events.
    async fn delete(&self, numbers: &[i64]) -> Result<(), OutboxError>;
}
