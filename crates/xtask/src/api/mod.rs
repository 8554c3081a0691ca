//! The public interface of the library crates, recorded as text files, so that a review shows each
//! change of the interface.
//!
//! The declarations are read from the source with `syn`, without bodies, docs and private fields,
//! and sorted by name, so that moving an item between private modules changes nothing. Items that
//! macros generate are not recorded.

mod declarations;
mod run;

pub(crate) use run::{Mode, run};
