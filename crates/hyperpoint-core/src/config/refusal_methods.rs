//! The configuration methods for refused requests.

use super::allowed_names::AllowedNames;
use super::settings::Settings;
use crate::problem::{ErrorBody, ErrorFormat, PublicProblem};

/// The format of refusals, and the hosts and origins that requests may name.
impl Settings {
    /// Sets the format of the endpoint's error responses, which overrides the format of the group and the
    /// host. Default: problem documents (RFC 9457).
    ///
    /// The format applies to every refusal and every failure of the endpoint. The response keeps the status
    /// and the headers of the problem, such as `WWW-Authenticate` and `Retry-After`. The function does not
    /// get private causes. If it panics, the client gets the problem document.
    ///
    /// An event `problem` within an event stream is not formatted. Requests for which no endpoint is found
    /// have the format of the host.
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
        self.with(SetsErrorFormat);
    }

    /// Accepts only requests whose `Host` (`:authority` on HTTP/2) is one of these; others get a 421.
    /// Default: the list of the group or the host; if unset, every host.
    ///
    /// This protects against DNS rebinding, in which a page makes its own name resolve to this server.
    ///
    /// A host without a port matches any port. `*.example.com` matches all names below `example.com`, and
    /// `*` matches any host. `X-Forwarded-Host` is not read: configure the proxy to forward the `Host`, or
    /// list the name that it sends. [`LOOPBACK_HOSTS`](super::LOOPBACK_HOSTS) lists the names of the local
    /// machine. An invalid host is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.get("/admin");
    /// config.allowed_hosts(["admin.example.com", "localhost:8080"]);
    /// ```
    pub fn allowed_hosts(&mut self, hosts: impl IntoIterator<Item: AsRef<str>>) {
        self.allowed_names.add_hosts(hosts);
    }

    /// Accepts only requests whose `Origin` is one of these or absent; others get a 403. Default: the list
    /// of the group or the host; if unset, every origin.
    ///
    /// Unlike [`cors`](Self::cors), which decides which origins may read responses, this refuses the request.
    ///
    /// An origin without a port matches only origins without one; `:*` matches any port.
    /// [`LOOPBACK_ORIGINS`](super::LOOPBACK_ORIGINS) lists the origins of the local machine. An invalid
    /// origin is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.post("/mcp");
    /// config.allowed_hosts(hyperpoint::LOOPBACK_HOSTS);
    /// config.allowed_origins(hyperpoint::LOOPBACK_ORIGINS);
    /// ```
    pub fn allowed_origins(&mut self, origins: impl IntoIterator<Item: AsRef<str>>) {
        self.allowed_names.add_origins(origins);
    }

    /// Returns the hosts and the origins that requests may name. Either list may be unset.
    #[must_use]
    pub fn allowed_names(&self) -> &AllowedNames {
        &self.allowed_names
    }

    /// Returns the format of error responses, which is unset if the format of the host applies.
    #[must_use]
    pub fn own_error_format(&self) -> &ErrorFormat {
        &self.error_format
    }

    /// Returns the level that sets the format of error responses: 0 for the endpoint, then its groups, the
    /// innermost first, then the defaults of the host. `None` if none of them does.
    #[must_use]
    pub fn error_format_level(&self) -> Option<usize> {
        self.values_by_level::<SetsErrorFormat>().position(|set| set.is_some())
    }
}

/// Marks the level that sets the format of error responses.
struct SetsErrorFormat;
