//! Cross-origin rules (CORS).

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};

use crate::origin::is_origin;

/// Cross-origin rules (CORS) of an endpoint, a group or a host (WHATWG Fetch, "CORS protocol").
///
/// Without rules, browsers prevent pages of other origins from reading the responses. A preflight
/// response allows only the method that the preflight request announces, and HEAD together with
/// GET. The request headers `accept`, `authorization`, `cache-control`, `content-type` and
/// `last-event-id` are allowed by default, because clients of event streams send them.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Config, Cors};
///
/// fn configure(config: &mut Config) {
///     config.get("/prices");
///     config.cors(|cors| cors.allow_origins(["https://app.example"]).allow_credentials());
/// }
/// # configure(&mut Config::default());
/// ```
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Origins,
    has_credentials: bool,
    request_headers: Vec<HeaderName>,
    exposed_headers: Vec<HeaderName>,
    max_age: Duration,
    configuration_errors: Vec<String>,
}

/// The origins that may read responses.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Cors, Origins};
///
/// assert_eq!(Cors::default().allow_any_origin().origins(), &Origins::Any);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every origin (`*`). A configuration error if credentials are allowed.
    Any,
    /// Only these origins, compared byte for byte.
    List(Vec<HeaderValue>),
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            origins: Origins::List(Vec::new()),
            has_credentials: false,
            request_headers: vec![
                header::ACCEPT,
                header::AUTHORIZATION,
                header::CACHE_CONTROL,
                header::CONTENT_TYPE,
                HeaderName::from_static("last-event-id"),
            ],
            exposed_headers: Vec::new(),
            max_age: Duration::from_hours(1),
            configuration_errors: Vec::new(),
        }
    }
}

impl Cors {
    /// Allows every origin to read the responses. Replaces the origins of previous calls.
    ///
    /// If [credentials](Self::allow_credentials) are allowed too, this is a configuration error,
    /// because any web page could send requests with the credentials of its visitor and read the
    /// responses.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.cors(|cors| cors.allow_any_origin());
    /// ```
    #[must_use]
    pub fn allow_any_origin(mut self) -> Self {
        self.origins = Origins::Any;
        self
    }

    /// Allows these origins, such as `https://app.example`, to read the responses; `*` means [any
    /// origin](Self::allow_any_origin). Replaces the origins of previous calls. Default: none. An
    /// invalid origin is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.cors(|cors| cors.allow_origins(["https://app.example", "http://localhost:5173"]));
    /// ```
    #[must_use]
    pub fn allow_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        let mut list = Vec::new();
        for origin in origins {
            match HeaderValue::from_str(origin) {
                Ok(_) if origin == "*" => return self.allow_any_origin(),
                Ok(value) if is_origin(origin) => list.push(value),
                _ => self.configuration_errors.push(format!(
                    "`{origin}` is not an origin; write the scheme and the host, and the port unless \
                     it is the default, such as `https://app.example`",
                )),
            }
        }
        self.origins = Origins::List(list);
        self
    }

    /// Allows requests of the [allowed origins](Self::allow_origins) to include cookies and other
    /// credentials. Default: not allowed.
    ///
    /// If [any origin](Self::allow_any_origin) is allowed, this is a configuration error. Do not
    /// allow the origin `null` together with credentials unless you trust every page: a sandboxed
    /// frame of any site has the origin `null`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// config.cors(|cors| cors.allow_origins(["https://app.example"]).allow_credentials());
    /// ```
    #[must_use]
    pub fn allow_credentials(mut self) -> Self {
        self.has_credentials = true;
        self
    }

    /// Allows these request headers, in addition to the headers that are allowed by default. A name
    /// is a string or a `HeaderName`. An invalid name is a configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::http::header;
    ///
    /// config.cors(|cors| {
    ///     cors.allow_origins(["https://app.example"])
    ///         .allow_headers(["x-api-key", "idempotency-key"])
    ///         .allow_headers([header::IF_MATCH])
    ///         .expose_headers([header::ETAG])
    /// });
    /// ```
    #[must_use]
    pub fn allow_headers(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let names = self.header_names(names);
        self.request_headers.extend(names);
        self
    }

    /// Allows scripts to read these response headers. A name is a string or a `HeaderName`. An
    /// invalid name is a configuration error. Default: only the headers that browsers always
    /// expose.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use hyperpoint::http::header::{ETAG, LINK};
    ///
    /// config.cors(|cors| cors.allow_any_origin().expose_headers([ETAG, LINK]));
    /// ```
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let names = self.header_names(names);
        self.exposed_headers.extend(names);
        self
    }

    /// Returns the parsed header names, and records a configuration error for each invalid name.
    fn header_names(&mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Vec<HeaderName> {
        let mut parsed = Vec::new();
        for name in names {
            let name = name.as_ref();
            match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => parsed.push(name),
                Err(_) => self.configuration_errors.push(format!(
                    "`{name}` is not the name of a header; write one such as `x-api-key`"
                )),
            }
        }
        parsed
    }

    /// Sets how long a browser may cache the result of a preflight request. Default: one hour.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut config = hyperpoint::Config::default();
    /// use std::time::Duration;
    ///
    /// config.cors(|cors| cors.allow_origins(["https://app.example"]).max_age(Duration::from_mins(10)));
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Returns the configuration errors of the rules, one message each.
    #[must_use]
    pub fn config_errors(&self) -> Vec<String> {
        let mut errors = self.configuration_errors.clone();
        if self.has_credentials && self.origins == Origins::Any {
            errors.push(
                "allows any origin and credentials, so that every page on the web could act as its \
                 visitor; name the origins by `allow_origins([…])`"
                    .to_owned(),
            );
        }
        let mut named = self.request_headers.iter().chain(&self.exposed_headers);
        if self.has_credentials && named.any(|name| name.as_str() == "*") {
            errors.push(
                "`*` matches no header if credentials are allowed; list the headers".to_owned(),
            );
        }
        errors
    }

    /// Returns the origins that may read the responses.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Returns whether requests may include credentials.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.has_credentials
    }

    /// Returns the allowed request headers.
    #[must_use]
    pub fn request_headers(&self) -> &[HeaderName] {
        &self.request_headers
    }

    /// Returns the response headers that scripts may read.
    #[must_use]
    pub fn exposed_headers(&self) -> &[HeaderName] {
        &self.exposed_headers
    }

    /// Returns how long a browser may cache the result of a preflight request.
    #[must_use]
    pub fn preflight_age(&self) -> Duration {
        self.max_age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cors: &Cors, count: usize) {
        let errors = cors.config_errors();
        assert_eq!(errors.len(), count, "{errors:?}");
    }

    #[test]
    fn an_origin_that_no_browser_sends_is_a_configuration_error() {
        check(&Cors::default().allow_origins(["https://a.example", "http://[::1]:80", "null"]), 0);
        let wrong = ["a.example", "https://a.example/", "https://", "https://a\nb", "https://u@a"];
        check(&Cors::default().allow_origins(wrong), 5);
    }

    #[test]
    fn a_header_wildcard_with_credentials_is_a_configuration_error() {
        let star = || [HeaderName::from_static("*")];
        check(&Cors::default().allow_any_origin().expose_headers(star()), 0);
        check(&Cors::default().allow_credentials().expose_headers(star()), 1);
        check(&Cors::default().allow_credentials().allow_headers(star()), 1);
    }

    #[test]
    fn headers_are_named_by_text_and_an_invalid_name_is_a_configuration_error() {
        let cors = Cors::default().allow_headers(["X-Api-Key", "content-type"]);
        assert!(cors.request_headers().contains(&HeaderName::from_static("x-api-key")));
        check(&cors.allow_headers([header::IF_MATCH]).allow_headers(Vec::<String>::new()), 0);
        let wrong = ["", "x api key", "x-é", "a: b", "a\r\nb"];
        check(&Cors::default().allow_headers(wrong).expose_headers(wrong), 10);
    }

    #[test]
    fn credentials_require_listed_origins() {
        check(&Cors::default().allow_any_origin().allow_credentials(), 1);
        check(&Cors::default().allow_credentials().allow_origins(["*"]), 1);
        check(&Cors::default().allow_origins(["https://a.example", "null"]).allow_credentials(), 0);
        check(&Cors::default().allow_origins(["https://a.example"]).allow_credentials(), 0);
    }
}
