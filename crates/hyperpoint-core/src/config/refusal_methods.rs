//! The configuration methods for refused requests.

use super::settings::Settings;
use crate::problem::{ErrorBody, ErrorFormat, PublicProblem};

/// The format of refusals.
impl Settings {
    /// Sets the format of error responses, instead of those of the group and the host: of every
    /// refusal and every failure of the endpoint. Status and headers, such as `WWW-Authenticate` and
    /// `Retry-After`, stay those of the problem; private causes are not passed on. Default: problem
    /// documents (RFC 9457).
    ///
    /// If the function panics, the client gets the problem document. An event `problem` within an
    /// event stream is not formatted. Requests for which no endpoint is found have the format of the
    /// host.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Config, ErrorBody, PublicProblem};
    /// use serde_json::json;
    ///
    /// fn in_one_object(problem: &PublicProblem<'_>) -> ErrorBody {
    ///     let message = problem.detail().unwrap_or(problem.title());
    ///     ErrorBody::json(&json!({ "error": { "message": message } }))
    /// }
    ///
    /// fn configure(config: &mut Config) {
    ///     config.post("/v1/completions");
    ///     config.error_format(in_one_object);
    /// }
    /// # configure(&mut Config::default());
    /// ```
    pub fn error_format(
        &mut self,
        format: impl Fn(&PublicProblem<'_>) -> ErrorBody + Send + Sync + 'static,
    ) {
        self.error_format = ErrorFormat::new(format);
    }

    /// Returns the format of error responses, unset if that of the host applies.
    #[must_use]
    pub fn own_error_format(&self) -> &ErrorFormat {
        &self.error_format
    }
}
