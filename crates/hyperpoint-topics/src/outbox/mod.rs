//! Owns the outbox: events that an application stores in its own database, in the transaction that they
//! belong to, and that a relay publishes afterwards. It must not know a database.

mod table;
mod relay;
pub mod sql;

pub use relay::OutboxRelay;
pub use table::{Outbox, OutboxError};

pub use crate::outbox_event::OutboxEvent;

#[cfg(test)]
mod tests;
