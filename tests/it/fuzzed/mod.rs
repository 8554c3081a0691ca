//! What holds for any bytes: checked for those that are generated, and for those that are kept.
//!
//! The targets stand by themselves: `fuzz/` drives the same files by libFuzzer.

mod binding;
mod routing;
mod kept;
mod generated;
