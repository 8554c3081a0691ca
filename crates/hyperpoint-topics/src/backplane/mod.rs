//! Backplanes, which keep the log of topics for several nodes or beyond the lifetime of one: the trait,
//! its guarantees and its error.
//!
//! It must not know topics, subscribers or the log in memory.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod backplane;
mod error;
mod generations;

pub use backplane::{Backplane, Draft, Entry, Following, Lookup, Page, Stored};
pub use error::BackplaneError;
pub use generations::Generations;
