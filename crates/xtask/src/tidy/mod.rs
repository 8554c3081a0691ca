//! What no compiler checks of the source files: floors, cycles, sizes, names and docs.
//!
//! A file for each check: it takes parsed files and gives findings, and knows no other check.
//! Rust is read by `syn` as it stands, for every feature and system at once.

mod run;

mod architecture;
mod cycles;
mod declarations;
mod floors;
mod module_docs;
mod names;
mod sizes;
mod wire_field;

mod graph;

mod source;
mod sources;

pub(crate) use run::run;
pub(crate) use source::{Source, attributes, is_for_tests};
pub(crate) use sources::Sources;
