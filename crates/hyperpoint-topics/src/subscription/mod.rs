//! One subscriber: where it is in the log, what it is told, and what it is given.

mod gap;
mod gaps;
mod part;
mod turn;
mod start;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod subscription;

pub use gap::{Gap, OnLag};
pub(crate) use subscription::Subscription;

#[cfg(test)]
mod model;
