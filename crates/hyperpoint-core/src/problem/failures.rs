//! What validation found wrong with a request, collected so that all is told at once.

use std::borrow::Cow;

use http::StatusCode;

use super::Problem;
use super::document::{INVALID, MAX_ERRORS};

/// What is wrong with a request, field by field.
///
/// `Endpoint::validate` gets one to fill. A handler that finds more makes its own. The first 100 are
/// kept, the others counted: a body can have more elements than anybody reads failures of.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Failures;
///
/// let mut failures = Failures::default();
/// failures.check("name", !"".is_empty(), "must not be empty").code("empty");
/// failures.check("age", 42 < 150, "must be below 150");
/// assert!(failures.into_result().is_err_and(|problem| problem.status() == 400));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Failures {
    listed: Vec<Failure>,
    /// Number of failures after the listed ones.
    more: usize,
}

#[derive(Clone, Debug)]
struct Failure {
    name: String,
    reason: String,
    code: Cow<'static, str>,
}

/// A failure that was added, or a check that held. Made by [`Failures::check`].
#[derive(Debug)]
pub struct Checked<'f>(Option<&'f mut Failure>);

impl Failures {
    /// Adds a failure unless `holds`. The name is the field's, as the client wrote it; the reason
    /// is public. Its code is `invalid`, unless [`Checked::code`] sets another.
    pub fn check(&mut self, name: &str, holds: bool, reason: &str) -> Checked<'_> {
        if holds { Checked(None) } else { self.add(name, reason) }
    }

    /// Adds a failure.
    pub fn add(&mut self, name: impl Into<String>, reason: impl Into<String>) -> Checked<'_> {
        if self.is_full() {
            self.count_more(1);
            return Checked(None);
        }
        let (name, reason) = (name.into(), reason.into());
        self.listed.push(Failure { name, reason, code: Cow::Borrowed(INVALID) });
        Checked(self.listed.last_mut())
    }

    /// Returns whether further failures are counted only.
    pub(super) fn is_full(&self) -> bool {
        self.listed.len() == MAX_ERRORS
    }

    /// Counts failures that are not listed.
    pub(super) fn count_more(&mut self, count: usize) {
        self.more += count;
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Nothing, or a 400 that lists the first 100 failures and counts the others in `moreErrors`.
    ///
    /// # Errors
    ///
    /// The 400, when there is a failure.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(StatusCode::BAD_REQUEST).detail("the request is not valid");
        let problem = problem.more_errors(self.more);
        Err(self.listed.into_iter().fold(problem, |problem, Failure { name, reason, code }| {
            problem.error_with_code(name, code, reason)
        }))
    }
}

impl Checked<'_> {
    /// Sets the code by which programs know what is wrong, whatever its text.
    pub fn code(self, code: impl Into<Cow<'static, str>>) {
        if let Some(failure) = self.0 {
            failure.code = code.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_after_the_hundredth_are_counted() {
        let mut failures = Failures::default();
        for index in 0..72_001 {
            failures.check(&format!("rows[{index}]"), false, "is wrong").code("wrong");
        }
        assert_eq!(failures.listed.len(), 100);
        let json = failures.into_result().unwrap_err().to_json();
        assert!(json.len() < 10_000, "{} bytes", json.len());
        assert!(json.contains(r#""name":"rows[99]""#) && !json.contains("rows[100]"), "{json}");
        assert!(json.ends_with(r#""moreErrors":71901}"#), "{json}");
    }
}
