//! `Failures`: the failures of a validation, which are reported together.

use std::borrow::Cow;

use http::StatusCode;

use super::Problem;
use super::document::{INVALID, MAX_ERRORS};

/// The validation failures of a request, field by field.
///
/// `Endpoint::validate` adds failures to the `Failures` that it receives; a handler that detects
/// further failures creates its own `Failures`. Only the first 100 failures are kept and the others
/// are counted, because a body may contain any number of invalid elements.
///
/// # Examples
///
/// ```
/// use hyperpoint::Failures;
///
/// let mut failures = Failures::default();
/// failures.check("name", !"".is_empty(), "must not be empty").code("empty");
/// failures.check("age", 42 < 150, "must be below 150");
/// assert!(failures.into_result().is_err_and(|problem| problem.status() == 400));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Failures {
    listed: Vec<Failure>,
    /// Number of failures that are counted but not listed.
    more: usize,
}

#[derive(Clone, Debug)]
struct Failure {
    name: String,
    reason: String,
    code: Cow<'static, str>,
}

/// A handle to set the [`code`](Self::code) of a failure. Returned by [`Failures::check`] and
/// [`Failures::add`].
#[derive(Debug)]
pub struct Checked<'f>(Option<&'f mut Failure>);

impl Failures {
    /// Adds a failure if `holds` is `false`. `name` is the name of the field as the client sent it,
    /// and `reason` is a text for the client. The code of the failure is `invalid`, unless
    /// [`Checked::code`] sets another.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Failures;
    ///
    /// let mut failures = Failures::default();
    /// failures.check("age", 200 < 150, "must be below 150");
    /// assert!(!failures.is_empty());
    /// ```
    pub fn check(&mut self, name: &str, holds: bool, reason: &str) -> Checked<'_> {
        if holds { Checked(None) } else { self.add(name, reason) }
    }

    /// Adds a failure. `name` is the name of the field as the client sent it, and `reason` is a
    /// text for the client. The code of the failure is `invalid`, unless [`Checked::code`] sets
    /// another.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Failures;
    ///
    /// let mut failures = Failures::default();
    /// for (index, count) in [3, 0].iter().enumerate() {
    ///     if *count == 0 {
    ///         failures.add(format!("items[{index}].count"), "must not be 0").code("zero");
    ///     }
    /// }
    /// assert!(!failures.is_empty());
    /// ```
    pub fn add(&mut self, name: impl Into<String>, reason: impl Into<String>) -> Checked<'_> {
        if self.is_full() {
            self.count_more(1);
            return Checked(None);
        }
        let (name, reason) = (name.into(), reason.into());
        self.listed.push(Failure { name, reason, code: Cow::Borrowed(INVALID) });
        Checked(self.listed.last_mut())
    }

    /// Returns whether the list is full, so that further failures are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.listed.len() == MAX_ERRORS
    }

    /// Increases the number of failures that are counted but not listed.
    pub(super) fn count_more(&mut self, count: usize) {
        self.more += count;
    }

    /// Returns whether there are no failures.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Converts the failures to a result: `Ok` if there are none.
    ///
    /// # Errors
    ///
    /// A 400 that lists the first 100 failures and counts the others in `moreErrors`.
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
    /// Sets a machine-readable code that is independent of the text. Default: `invalid`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut failures = hyperpoint::Failures::default();
    /// failures.check("age", 200 < 150, "must be below 150").code("out_of_range");
    /// ```
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
    fn failures_after_the_hundredth_are_only_counted() {
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
