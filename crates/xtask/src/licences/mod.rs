//! Checks of the dependencies: their licences, and packages in several versions.
//!
//! All data comes from `cargo metadata`; no other tool is needed.

mod run;

mod allowed;
mod duplicates;
mod weight;

pub(crate) use run::run;
