//! What to type where a program or a package is not there.

use std::fmt::Display;

/// Ends the test with the line to type.
pub(crate) fn missing(what: &str, why: impl Display) -> ! {
    panic!("{what}: {why}\nTo install what the tests outside Rust need, type: cargo xtask setup")
}
