//! The public interface of the library crates, as text files that a review can compare.
//!
//! It is read from the source by `syn`: declarations without bodies, docs and private fields, sorted
//! by name, so that moving an item between private modules changes nothing. Items that macros
//! generate are not seen.

mod declarations;
mod run;

pub(crate) use run::{Mode, run};
