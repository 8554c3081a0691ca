//! The methods of the host builder that set the format of refusals, and the allowed hosts and
//! origins.

use hyperpoint_core::problem::{ErrorBody, ErrorFormat, PublicProblem};

use crate::host::Host;

impl Host {
    /// Sets the format of error responses. Applies to endpoints and mounted services without their
    /// own format, and to refusals before one of them is found, such as a 404, or a 400 for an
    /// invalid head. See [`Settings::error_format`](hyperpoint_core::Settings::error_format).
    /// Default: problem documents (RFC 9457).
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

    /// Adds to the list of accepted hosts. A request is refused with a 421 if its host (the
    /// authority of its target, or `Host`) is absent or not in the list. Applies to endpoints and
    /// mounted services without their own list, and to requests that match none. `GET /health/live`
    /// and `/health/ready` accept every host. See
    /// [`Settings::allowed_hosts`](hyperpoint_core::Settings::allowed_hosts). Default: every host.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let public = Host::new().allowed_hosts(["api.example.com"]);
    /// let local = Host::new().allowed_hosts(hyperpoint::LOOPBACK_HOSTS);
    /// # drop((public, local));
    /// ```
    pub fn allowed_hosts(mut self, hosts: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.allowed_names.add_hosts(hosts);
        self
    }

    /// Adds to the list of accepted origins. A request is refused with a 403 if it has an `Origin`
    /// that is not in the list. Applies to endpoints and mounted services without their own list,
    /// and to requests that match none. See
    /// [`Settings::allowed_origins`](hyperpoint_core::Settings::allowed_origins). Default: every
    /// origin.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().allowed_origins(["https://app.example.com"]);
    /// # drop(host);
    /// ```
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.allowed_names.add_origins(origins);
        self
    }
}
