//! The graph of the files of one crate: which file uses which.
//!
//! It builds the tree of modules from the root file, and follows each path in it, through all
//! re-exports, to the file that defines the item. It does not infer types, so that a call of a method
//! is not an edge.

mod edges;

mod resolve;
mod tree;

mod imports;
mod mentions;

pub(crate) use edges::{Edges, edges};
