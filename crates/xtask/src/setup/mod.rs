//! What the tests need beside Rust: Chromium with its driver, Node with npm, and Node packages.
//!
//! Each is installed by package name, after saying so; where that is not possible, the failure
//! holds the line to type. Nothing is downloaded but by `apt-get` and `npm`.

mod run;

mod debian;
mod node;

pub(crate) use run::run;
