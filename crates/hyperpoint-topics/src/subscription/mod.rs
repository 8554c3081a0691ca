//! One subscriber: where it is in the log, what it is told, and what it is given.

mod gap;
mod gaps;
mod topic_cursor;
mod next_in_order;
mod pending_start;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod subscription;

pub use gap::{Gap, OnLag};
pub(crate) use subscription::Subscription;

#[cfg(test)]
mod model;
