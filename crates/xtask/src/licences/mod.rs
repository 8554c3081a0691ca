//! The dependencies: whose licences we may use, and none twice in a user's build.
//!
//! Everything comes from cargo's own metadata; no tool is needed beside cargo.

mod run;

mod allowed;
mod duplicates;

pub(crate) use run::run;
