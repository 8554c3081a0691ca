//! The files of one crate and which file uses which.
//!
//! A tree of modules is grown from the file that cargo names; each path in it is followed, through
//! any `use` that hands it on, to the file that defines what it names. Types are not inferred: a
//! method that is called by its name alone is no edge.

mod edges;

mod resolve;
mod tree;

mod imports;
mod mentions;

pub(crate) use edges::{Edges, edges};
