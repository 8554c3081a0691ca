//! The transactional outbox: an application stores events in its own database, in the transaction
//! of the change that they report, and an [`OutboxRelay`] publishes them afterwards.
//!
//! This module must not depend on a database.

mod table;
mod relay;
pub mod sql;

pub use relay::OutboxRelay;
pub use table::{Outbox, OutboxError};

pub use crate::outbox_event::OutboxEvent;

#[cfg(test)]
mod tests;
