//! Owns the outbox: an application stores events in its own database, in the transaction of the
//! change that they report, and a relay publishes them afterwards. It must not know a database.

mod table;
mod relay;
pub mod sql;

pub use relay::OutboxRelay;
pub use table::{Outbox, OutboxError};

pub use crate::outbox_event::OutboxEvent;

#[cfg(test)]
mod tests;
