//! Owns the outbox: events that an application stores in its own database, in the transaction that they
//! belong to, and that a relay publishes afterwards. It must not know a database.

mod outbox_event;
mod table;
mod relay;
pub mod sql;

pub use outbox_event::OutboxEvent;
pub use relay::OutboxRelay;
pub use table::{Outbox, OutboxError};

#[cfg(test)]
mod tests;
