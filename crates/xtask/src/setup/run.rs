//! Runs the parts of the set-up, in order. A failed part does not stop the next one.

use super::{debian, packages};
use crate::failure::{Failure, Result};
use crate::root::Root;

/// Installs the missing programs and packages.
///
/// # Errors
///
/// Returns the failures of all parts that failed.
pub(crate) fn run(root: &Root) -> Result {
    Failure::all([debian::run(root), packages::NODE.install(root), packages::PYTHON.install(root)])
}
