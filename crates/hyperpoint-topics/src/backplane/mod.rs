//! Backplanes, which keep the log of topics for several nodes or beyond the lifetime of one
//! process: the trait and its types.
//!
//! This module must not depend on topics, subscribers or the log in memory.

#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod backplane;
mod counts;
mod entry;
mod error;
mod generations;
mod page;

pub use backplane::{Backplane, Deleted, Draft, Following, Lookup, Stored};
pub use counts::LogCounts;
pub use entry::Entry;
pub use error::{BackplaneError, BackplaneErrorKind};
pub use generations::Generations;
pub use page::{KeysQuery, Page, PageQuery};

pub use crate::deletion::Deletion;
pub use crate::page_at::PageAt;
