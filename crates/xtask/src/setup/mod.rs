//! What the tests need beside Rust: Chromium with its driver, Firefox, Node with npm, Python,
//! curl, and packages for Node and Python.
//!
//! Each is installed by package name, after saying so; where that is not possible, the failure
//! holds the line to type. Nothing is downloaded but by `apt-get`, `npm` and `pip`.

mod run;

mod debian;
mod node;
mod python;

pub(crate) use run::run;
