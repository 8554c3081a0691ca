//! The item that a failed event stream sends in place of a problem document.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hyperpoint_sse::StreamItem;

use crate::problem::{Problem, PublicProblem};

type Render = dyn Fn(&PublicProblem<'_>) -> StreamItem + Send + Sync;

/// The function that creates the last item of a failed event stream from the public part of the
/// problem.
pub(crate) struct ErrorItem(Box<Render>);

impl ErrorItem {
    pub(crate) fn new(
        render: impl Fn(&PublicProblem<'_>) -> StreamItem + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(render))
    }

    /// Creates the item for a problem. Returns `None` if the function panics; the panic hook
    /// reports the panic.
    pub(super) fn render(&self, problem: &Problem) -> Option<StreamItem> {
        catch_unwind(AssertUnwindSafe(|| (self.0)(&problem.public()))).ok()
    }
}

impl fmt::Debug for ErrorItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorItem").finish_non_exhaustive()
    }
}
