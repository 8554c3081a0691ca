//! What validation found wrong with a request, collected so that all is told at once.

use http::StatusCode;

use super::Problem;

/// What is wrong with a request, field by field.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Failures;
///
/// let mut failures = Failures::default();
/// failures.check("name", !"".is_empty(), "must not be empty");
/// failures.check("age", 42 < 150, "must be below 150");
/// assert!(failures.into_result().is_err_and(|problem| problem.status() == 400));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Failures(Vec<(String, String)>);

impl Failures {
    /// Adds a failure unless `holds`. The name is the field's, as the client wrote it; the reason
    /// is public.
    pub fn check(&mut self, name: &str, holds: bool, reason: &str) {
        if !holds {
            self.add(name, reason);
        }
    }

    /// Adds a failure.
    pub fn add(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.0.push((name.into(), reason.into()));
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing, or a 400 that lists what was found.
    ///
    /// # Errors
    ///
    /// The 400, when there is a failure.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(StatusCode::BAD_REQUEST).detail("the request is not valid");
        Err(self.0.into_iter().fold(problem, |problem, (name, reason)| problem.error(name, reason)))
    }
}
