//! The configuration methods for error responses and for allowed hosts and origins.

use super::allowed_names::AllowedNames;
use super::settings::Settings;
use crate::problem::{ErrorBody, ErrorFormat, PublicProblem};

/// The format of error responses, and the allowed `Host` and `Origin` values of requests.
impl Settings {
    /// Sets the format of the endpoint's error responses, which overrides the formats of the group
    /// and the host. Default: problem documents (RFC 9457).
    ///
    /// The format applies to every problem that becomes a response of the endpoint. The response
    /// keeps the status and the headers of the problem, such as `WWW-Authenticate` and
    /// `Retry-After`. The function does not receive the private cause of the problem. If the
    /// function panics, the client gets the problem document.
    ///
    /// The format does not apply to an event `problem` in an event stream, nor to a response with
    /// an error status that the handler sends as data. If no endpoint matches a request, the error
    /// response has the format of the host.
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

    /// Accepts only requests whose `Host` (`:authority` on HTTP/2) is in this list; other requests
    /// get a 421. A further call adds to the list. Default: the list of the group or the host; if
    /// unset, every host is accepted.
    ///
    /// This protects against DNS rebinding, an attack in which a web page makes its own host name
    /// resolve to this server.
    ///
    /// A host without a port matches any port. `*.example.com` matches all subdomains of
    /// `example.com`, and `*` matches any host. `X-Forwarded-Host` is not read: configure the proxy
    /// to forward the `Host`, or list the host name that the proxy sends.
    /// [`LOOPBACK_HOSTS`](super::LOOPBACK_HOSTS) lists the names of the local machine. An invalid
    /// host is a configuration error.
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

    /// Accepts only requests whose `Origin` is absent or in this list; other requests get a 403. A
    /// further call adds to the list. Default: the list of the group or the host; if unset, every
    /// origin is accepted.
    ///
    /// Unlike [`cors`](Self::cors), which determines the origins that may read responses, this
    /// method refuses the request itself.
    ///
    /// An origin without a port matches only the default port of its scheme; `:*` matches any port.
    /// `https://*.example.com` matches all subdomains of `example.com`, and `*` matches any origin.
    /// [`LOOPBACK_ORIGINS`](super::LOOPBACK_ORIGINS) lists the origins of the local machine. An
    /// invalid origin is a configuration error.
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

    /// Returns the allowed hosts and origins of requests. Each list may be unset.
    #[must_use]
    pub fn allowed_names(&self) -> &AllowedNames {
        &self.allowed_names
    }

    /// Returns the format of error responses. The format is unset if neither the endpoint, nor its
    /// groups, nor the defaults of the host set one; `Host::error_format` then applies.
    #[must_use]
    pub fn own_error_format(&self) -> &ErrorFormat {
        &self.error_format
    }

    /// Returns the index of the level that sets the format of error responses: 0 for the endpoint,
    /// then its groups from the innermost to the outermost, then the defaults of the host. `None`
    /// if no level sets it.
    #[must_use]
    pub fn error_format_level(&self) -> Option<usize> {
        self.values_by_level::<SetsErrorFormat>().position(|set| set.is_some())
    }
}

/// A marker that is stored at each level that sets the format of error responses.
struct SetsErrorFormat;
