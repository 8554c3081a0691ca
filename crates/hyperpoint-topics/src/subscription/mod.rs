//! One subscriber: its position in the log, and the events and reports that it is sent.
//!
//! This module must not depend on endpoints or requests.

mod gap;
mod gaps;
mod topic_cursor;
mod keyed_start;
mod next_in_order;
mod pending_start;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod subscription;
mod starting;
mod builder;
mod snapshots;
mod in_process;

pub use gap::{Gap, OnLag};
pub use subscription::Subscription;

#[cfg(test)]
mod modelled_events;
#[cfg(test)]
mod modelled_client;
#[cfg(test)]
mod model;
#[cfg(test)]
mod parked;
#[cfg(test)]
mod another_generation;
#[cfg(test)]
mod early_gaps;
