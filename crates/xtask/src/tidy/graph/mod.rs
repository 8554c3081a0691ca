//! The graph of the files of one crate: which files each file uses.
//!
//! `edges` builds the tree of modules from the root file, and follows each path in it, through
//! all re-exports, to the file that defines the item. Types are not inferred, so that a method call
//! is not an edge.

mod edges;

mod resolve;
mod tree;

mod imports;
mod mentions;

pub(crate) use edges::{Edges, edges};
