//! The whole set-up, in order; a part that fails does not keep the next from its work.

use super::{debian, node, python};
use crate::failure::{Failure, Result};
use crate::root::Root;

/// Installs what is missing, and fails with all that could not be installed.
pub(crate) fn run(root: &Root) -> Result {
    Failure::all([debian::run(root), node::run(root), python::run(root)])
}
