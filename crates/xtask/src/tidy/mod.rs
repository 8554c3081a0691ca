//! Checks of the source files that no compiler and no lint makes: floors, cycles, sizes, names and
//! docs.
//!
//! Each check has its own file, and returns findings about parsed files, manifests or pages. `syn`
//! parses the source without expanding it, so that the checks cover all features and systems.

mod run;

mod architecture;
mod cycles;
mod declarations;
mod examples;
mod floors;
mod module_docs;
mod names;
mod sizes;
mod wire_field;

mod graph;

mod item_head;
mod source;
mod sources;

pub(crate) use item_head::ItemHead;
pub(crate) use run::run;
pub(crate) use source::Source;
pub(crate) use sources::Sources;
