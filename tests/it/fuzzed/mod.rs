//! Properties that hold for any bytes, checked with generated inputs and with the corpus.
//!
//! The targets depend on nothing else in this folder: `fuzz/` runs the same files with libFuzzer.

mod binding;
mod routing;
mod kept;
mod generated;
