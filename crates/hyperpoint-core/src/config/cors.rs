//! Who may read an answer from another origin.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};

use crate::origin::is_origin;

/// Cross-origin rules of an endpoint or a host (WHATWG Fetch, "CORS protocol").
///
/// Without rules a browser lets no other origin read the answers. Methods are those of the route.
/// Request headers `accept`, `authorization`, `cache-control`, `content-type` and `last-event-id`
/// are allowed from the start, since event streams need them.
///
/// # Example
///
/// ```
/// use hyperpoint_core::{Config, Cors};
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
    mistakes: Vec<String>,
}

/// The origins that may read an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every origin: `*`. Never beside credentials.
    Any,
    /// These alone, compared byte for byte.
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
            mistakes: Vec::new(),
        }
    }
}

impl Cors {
    /// Lets every origin read the answers. Beside [credentials](Self::allow_credentials) it is a
    /// configuration error: every page on the web could act as its visitor.
    #[must_use]
    pub fn allow_any_origin(mut self) -> Self {
        self.origins = Origins::Any;
        self
    }

    /// Lets these origins read the answers, such as `https://app.example`; `*` is
    /// [any origin](Self::allow_any_origin). A text that is no origin is a start-up error.
    #[must_use]
    pub fn allow_origins<'o>(mut self, origins: impl IntoIterator<Item = &'o str>) -> Self {
        let mut list = Vec::new();
        for origin in origins {
            match HeaderValue::from_str(origin) {
                Ok(_) if origin == "*" => return self.allow_any_origin(),
                Ok(value) if is_origin(origin) => list.push(value),
                _ => self.mistakes.push(format!(
                    "`{origin}` is no origin; write scheme and host, and a port if it has one, \
                     such as `https://app.example`",
                )),
            }
        }
        self.origins = Origins::List(list);
        self
    }

    /// Lets requests of the [named origins](Self::allow_origins) carry cookies and other
    /// credentials. Beside [any origin](Self::allow_any_origin), and beside the origin `null`, which
    /// a page of any site can take, it is a configuration error.
    #[must_use]
    pub fn allow_credentials(mut self) -> Self {
        self.has_credentials = true;
        self
    }

    /// Lets requests carry these headers too.
    #[must_use]
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.request_headers.extend(names);
        self
    }

    /// Lets scripts read these headers of the answers.
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.exposed_headers.extend(names);
        self
    }

    /// How long a browser may keep the outcome of a preflight. Default: one hour.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// What is wrong with the rules, a sentence each.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.mistakes.clone();
        if self.has_credentials && self.origins == Origins::Any {
            mistakes.push(
                "allows any origin and credentials, so that every page on the web could act as its \
                 visitor; name the origins by `allow_origins([…])`"
                    .to_owned(),
            );
        }
        let is_null = |origins: &Vec<HeaderValue>| origins.iter().any(|origin| origin == "null");
        if self.has_credentials && matches!(&self.origins, Origins::List(list) if is_null(list)) {
            mistakes.push(
                "allows the origin `null` and credentials, and a page of any site can have that \
                 origin; take one of the two out"
                    .to_owned(),
            );
        }
        let mut named = self.request_headers.iter().chain(&self.exposed_headers);
        if self.has_credentials && named.any(|name| name.as_str() == "*") {
            mistakes.push(
                "`*` names no header where credentials are allowed; list the headers".to_owned(),
            );
        }
        mistakes
    }

    /// The origins that may read the answers.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Whether requests may carry credentials.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.has_credentials
    }

    /// The request headers that are allowed.
    #[must_use]
    pub fn request_headers(&self) -> &[HeaderName] {
        &self.request_headers
    }

    /// The response headers that scripts may read.
    #[must_use]
    pub fn exposed_headers(&self) -> &[HeaderName] {
        &self.exposed_headers
    }

    /// How long a preflight may be kept.
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
        let mistakes = cors.mistakes();
        assert_eq!(mistakes.len(), count, "{mistakes:?}");
    }

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        check(&Cors::default().allow_origins(["https://a.example", "http://[::1]:80", "null"]), 0);
        let wrong = ["a.example", "https://a.example/", "https://", "https://a\nb", "https://u@a"];
        check(&Cors::default().allow_origins(wrong), 5);
    }

    #[test]
    fn a_star_names_no_header_beside_credentials() {
        let star = || [HeaderName::from_static("*")];
        check(&Cors::default().allow_any_origin().expose_headers(star()), 0);
        check(&Cors::default().allow_credentials().expose_headers(star()), 1);
        check(&Cors::default().allow_credentials().allow_headers(star()), 1);
    }

    #[test]
    fn credentials_need_origins_with_names() {
        check(&Cors::default().allow_any_origin().allow_credentials(), 1);
        check(&Cors::default().allow_credentials().allow_origins(["*"]), 1);
        check(&Cors::default().allow_origins(["https://a.example", "null"]).allow_credentials(), 1);
        check(&Cors::default().allow_origins(["null"]), 0);
        check(&Cors::default().allow_origins(["https://a.example"]).allow_credentials(), 0);
    }
}
