//! The methods of the host builder for refused requests.

use hyperpoint_core::problem::{ErrorBody, ErrorFormat, PublicProblem};

use crate::host::Host;

impl Host {
    /// Sets the format of error responses: of endpoints without their own format, and of refusals
    /// without an endpoint, such as a 404, or a 400 for an invalid head. See
    /// [`Settings::error_format`](hyperpoint_core::Settings::error_format). Default: problem documents
    /// (RFC 9457).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{ErrorBody, Host};
    /// use serde_json::json;
    ///
    /// let host = Host::new().error_format(|problem| {
    ///     ErrorBody::json(&json!({ "code": problem.status().as_u16(), "message": problem.title() }))
    /// });
    /// # drop(host);
    /// ```
    pub fn error_format(
        mut self,
        format: impl Fn(&PublicProblem<'_>) -> ErrorBody + Send + Sync + 'static,
    ) -> Self {
        self.error_format = ErrorFormat::new(format);
        self
    }
}
