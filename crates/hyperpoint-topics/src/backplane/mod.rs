//! The engines that keep a log beyond one process: what they promise, and how a node follows one.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod backplane;
mod error;

pub use backplane::{Backplane, Draft, Entry, Following, Page, Stored};
pub use error::BackplaneError;
