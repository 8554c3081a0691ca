//! Checks of the dependencies: their licences, packages in several versions, and the number of
//! packages.
//!
//! All data comes from `cargo metadata` and `cargo tree`; no other tool is needed.

mod run;

mod allowed;
mod duplicates;
mod weight;
mod alone;
mod first_build;

pub(crate) use run::run;
