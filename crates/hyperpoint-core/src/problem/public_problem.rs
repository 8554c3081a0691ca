//! The public part of a problem.

use std::fmt;

use http::StatusCode;
use serde::ser::{Serialize, Serializer};

use super::document::Problem;
use super::members::{FieldError, Members};

/// The public part of a [`Problem`], without its private cause: the input of error formats and of
/// `on_error_item`.
///
/// It serializes as the problem document.
///
/// # Examples
///
/// ```
/// use hyperpoint::Problem;
/// use hyperpoint::http::StatusCode;
///
/// let problem = Problem::new(StatusCode::GONE).detail("sold out").caused_by("row 7 is gone");
/// let public = problem.public();
/// assert_eq!((public.status().as_u16(), public.title()), (410, "Gone"));
/// assert_eq!(public.detail(), Some("sold out"));
/// assert_eq!(serde_json::to_string(&public)?, problem.to_json());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct PublicProblem<'p>(&'p Members);

impl PublicProblem<'_> {
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns `type`: the URI that identifies the kind of problem, or `about:blank` if it is
    /// unset.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.kind()
    }

    /// Returns `title`: the summary of the kind of problem, or the reason phrase of the status if
    /// it is unset.
    #[must_use]
    pub fn title(&self) -> &str {
        self.0.title()
    }

    /// Returns `detail`: the explanation of this occurrence, or `None` if it is unset.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Returns `instance`: the path of the request without the query, or `None` if it is unset.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.0.instance.as_deref()
    }

    /// Returns `traceId`: the trace id with which the problem is logged, or `None` if it is unset.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// Returns `errors`: the invalid fields of the request, at most 100.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// Returns `moreErrors`: the number of invalid fields that `errors` does not list.
    #[must_use]
    pub fn more_errors(&self) -> usize {
        self.0.more_errors
    }
}

impl Problem {
    /// Returns the public part of the problem.
    #[must_use]
    pub fn public(&self) -> PublicProblem<'_> {
        PublicProblem(&self.0)
    }
}

impl Serialize for PublicProblem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for PublicProblem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).unwrap_or_default();
        f.debug_tuple("PublicProblem").field(&text).finish()
    }
}
