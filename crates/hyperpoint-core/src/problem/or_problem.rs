//! Conversion of errors to problems with a chosen status and public text.

use std::error::Error;

use http::StatusCode;

use super::Problem;

/// Converts an error or `None` to a [`Problem`] with a chosen status.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::StatusCode;
/// use hyperpoint::{OrProblem, Problem};
///
/// fn page(text: &str) -> Result<u32, Problem> {
///     text.parse::<u32>().or_problem(StatusCode::BAD_REQUEST, "the page is a number")
/// }
///
/// assert!(page("x").is_err_and(|problem| problem.status() == 400));
/// assert!(None::<u32>.or_problem(StatusCode::NOT_FOUND, "no such page").is_err());
/// ```
pub trait OrProblem<T> {
    /// Returns the value, or a problem with this status and this `detail`, which is sent to the
    /// client.
    ///
    /// # Errors
    ///
    /// The problem, if there is no value. An error becomes the private cause of the problem.
    fn or_problem(self, status: StatusCode, detail: &str) -> Result<T, Problem>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> OrProblem<T> for Result<T, E> {
    fn or_problem(self, status: StatusCode, detail: &str) -> Result<T, Problem> {
        self.map_err(|error| Problem::new(status).detail(detail).caused_by(error))
    }
}

impl<T> OrProblem<T> for Option<T> {
    fn or_problem(self, status: StatusCode, detail: &str) -> Result<T, Problem> {
        self.ok_or_else(|| Problem::new(status).detail(detail))
    }
}
