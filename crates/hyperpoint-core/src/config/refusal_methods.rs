//! The configuration methods for refused requests.

use super::allowed_names::AllowedNames;
use super::settings::Settings;
use crate::problem::{ErrorBody, ErrorFormat, PublicProblem};

/// The format of refusals, and the hosts and origins that requests may name.
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
        self.with(SetsErrorFormat);
    }

    /// Accepts only requests whose `Host` (`:authority` on HTTP/2) is one of these, instead of those of
    /// the group and the host; others get a 421. So a page whose own name was made to resolve to
    /// this server (DNS rebinding) cannot use it. Default: every host.
    ///
    /// A host has any port, unless it names one. `*.example.com` are all names below `example.com`,
    /// `*` is any host. `X-Forwarded-Host` is not read: let a proxy pass the `Host` on, or list the
    /// name that it sends. [`LOOPBACK_HOSTS`](super::LOOPBACK_HOSTS) are the names of the same
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

    /// Accepts only requests whose `Origin` is one of these, or that have none, instead of those of the
    /// group and the host; others get a 403. Unlike [`cors`](Self::cors), which decides who may read
    /// responses, this refuses the request. Default: every origin.
    ///
    /// An origin has its port, or any with `:*`. [`LOOPBACK_ORIGINS`](super::LOOPBACK_ORIGINS) are
    /// those of the same machine. An invalid origin is a configuration error.
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

    /// Returns the hosts and origins that requests may name, as far as they are set.
    #[must_use]
    pub fn allowed_names(&self) -> &AllowedNames {
        &self.allowed_names
    }

    /// Returns the format of error responses, unset if that of the host applies.
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
