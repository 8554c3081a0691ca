//! The command to run if a program or a package is missing.

use std::fmt::Display;

/// Fails the test with the command to run.
pub(crate) fn missing(what: &str, why: impl Display) -> ! {
    panic!("{what}: {why}\nTo install what the tests outside Rust need, type: cargo xtask setup")
}
