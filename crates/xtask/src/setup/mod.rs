//! Installs the programs and packages that the tests use besides Rust: Chromium with its driver,
//! Firefox, Node with npm, Python, curl, proxies, servers of NATS and Postgres, and packages of npm
//! and pip.
//!
//! Each command is printed before it runs. If one fails, the error contains the commands to type.
//! Downloads are made by `apt-get`, `npm` and `pip` only.

mod run;

mod debian;
mod packages;

pub(crate) use run::run;
