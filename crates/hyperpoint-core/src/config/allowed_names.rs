//! The allowed `Host` and `Origin` values of requests.

use http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use http::{StatusCode, Uri};

use super::name_pattern::NamePattern;
use crate::problem::Problem;

/// The host names of the local machine, for [`allowed_hosts`](super::Settings::allowed_hosts).
pub const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The origins of pages that are served by the local machine on any port, for
/// [`allowed_origins`](super::Settings::allowed_origins).
pub const LOOPBACK_ORIGINS: [&str; 6] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
    "https://127.0.0.1:*",
    "https://[::1]:*",
];

/// The allowed `Host` and `Origin` values of requests. An unset list allows every value.
#[derive(Clone, Debug, Default)]
pub struct AllowedNames {
    hosts: Option<Vec<NamePattern>>,
    origins: Option<Vec<NamePattern>>,
    configuration_errors: Vec<String>,
}

impl AllowedNames {
    /// Adds hosts to the list of allowed hosts. An invalid host is a configuration error.
    pub fn add_hosts(&mut self, hosts: impl IntoIterator<Item: AsRef<str>>) {
        let list = self.hosts.get_or_insert_default();
        for text in hosts {
            let text = text.as_ref();
            match NamePattern::of_host(text) {
                Some(pattern) => list.push(pattern),
                None => self.configuration_errors.push(format!(
                    "`{text}` is not a host; write a name or an address, with a port to allow only \
                     that port, such as `api.example.com`, `*.example.com` or `localhost:8080`"
                )),
            }
        }
    }

    /// Adds origins to the list of allowed origins. An invalid origin is a configuration error.
    pub fn add_origins(&mut self, origins: impl IntoIterator<Item: AsRef<str>>) {
        let list = self.origins.get_or_insert_default();
        for text in origins {
            let text = text.as_ref();
            match NamePattern::of_origin(text) {
                Some(pattern) => list.push(pattern),
                None => self.configuration_errors.push(format!(
                    "`{text}` is not an origin; write the scheme and the host, and the port unless it \
                     is the default, such as `https://app.example` or `http://localhost:*`"
                )),
            }
        }
    }

    /// Returns whether every host and every origin is allowed.
    #[must_use]
    pub fn allows_all(&self) -> bool {
        !self.limits_hosts() && !self.limits_origins()
    }

    /// Returns whether the list of allowed hosts is set and does not contain `*`.
    #[must_use]
    pub fn limits_hosts(&self) -> bool {
        limiting(self.hosts.as_deref()).is_some()
    }

    /// Returns whether the list of allowed origins is set and does not contain `*`.
    #[must_use]
    pub fn limits_origins(&self) -> bool {
        limiting(self.origins.as_deref()).is_some()
    }

    /// Combines these lists with the lists of the next outer level. An unset list is inherited.
    #[must_use]
    pub fn within(&self, outer: &Self) -> Self {
        Self {
            hosts: self.hosts.clone().or_else(|| outer.hosts.clone()),
            origins: self.origins.clone().or_else(|| outer.origins.clone()),
            configuration_errors: self.configuration_errors.clone(),
        }
    }

    /// Returns the configuration errors of the lists, one message each.
    #[must_use]
    pub fn config_errors(&self) -> Vec<String> {
        let mut errors = self.configuration_errors.clone();
        if errors.is_empty() && self.hosts.as_ref().is_some_and(Vec::is_empty) {
            errors.push(
                "the list of `allowed_hosts` is empty; add a host, or remove the call".to_owned(),
            );
        }
        if errors.is_empty() && self.origins.as_ref().is_some_and(Vec::is_empty) {
            errors.push(
                "the list of `allowed_origins` is empty; add an origin, or remove the call"
                    .to_owned(),
            );
        }
        errors
    }

    /// Checks the hosts and the origin of a request: the authority of its target, its `Host` and
    /// its `Origin`. A request without an `Origin` passes the check of origins.
    ///
    /// # Errors
    ///
    /// If hosts are [limited](Self::limits_hosts), a 421 for a request that names no host, or a
    /// host that is not allowed (RFC 9110 §15.5.20). If origins are limited, a 403 for an origin
    /// that is not allowed.
    pub fn check(&self, target: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(hosts) = limiting(self.hosts.as_deref()) {
            let authority = target.authority().map(|authority| authority.as_str().as_bytes());
            let named = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
            let mut named = authority.into_iter().chain(named).peekable();
            let is_known = |value: &[u8]| {
                let value = std::str::from_utf8(value);
                value.is_ok_and(|value| hosts.iter().any(|host| host.matches_host(value)))
            };
            // Both the authority and the `Host` must be allowed, because handlers and proxies may
            // read either.
            if named.peek().is_none() || !named.all(is_known) {
                let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST);
                return Err(problem.detail("the host of the request is absent or not allowed"));
            }
        }
        if let Some(origins) = limiting(self.origins.as_deref()) {
            let is_known = |value: &HeaderValue| {
                let value = value.to_str();
                value.is_ok_and(|value| origins.iter().any(|origin| origin.matches_origin(value)))
            };
            if !headers.get_all(ORIGIN).iter().all(is_known) {
                let problem = Problem::new(StatusCode::FORBIDDEN);
                return Err(problem.detail("the origin of the request is not allowed"));
            }
        }
        Ok(())
    }
}

/// Returns the list if it is set and does not contain `*`, otherwise `None`.
fn limiting(patterns: Option<&[NamePattern]>) -> Option<&[NamePattern]> {
    patterns.filter(|patterns| !patterns.iter().any(NamePattern::is_any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_a_star_limits_nothing() {
        let mut allowed = AllowedNames::default();
        allowed.add_hosts(["a.example", "*"]);
        allowed.add_origins(["*"]);
        assert!(allowed.allows_all() && !allowed.limits_hosts() && !allowed.limits_origins());
    }

    #[test]
    fn a_list_without_a_name_and_a_wrong_name_are_configuration_errors() {
        let errors = |hosts: &[&str], origins: &[&str]| {
            let mut allowed = AllowedNames::default();
            allowed.add_hosts(hosts);
            allowed.add_origins(origins);
            allowed.config_errors().len()
        };
        assert_eq!(errors(&LOOPBACK_HOSTS, &LOOPBACK_ORIGINS), 0);
        assert_eq!(errors(&["https://a"], &["a.example"]), 2);
        assert_eq!(errors(&[], &["null"]), 1);
        assert_eq!(errors(&["*"], &[]), 1);
    }

    #[test]
    fn every_name_of_the_request_has_to_be_allowed() {
        let mut allowed = AllowedNames::default();
        allowed.add_hosts(["a.example"]);
        allowed.add_origins(["https://a.example"]);
        let check = |target: &str, headers: &[(http::HeaderName, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
            let checked = allowed.check(&target.parse().unwrap(), &headers.collect());
            checked.map_or_else(|problem| problem.status().as_u16(), |()| 200)
        };
        assert_eq!(check("/", &[]), 421);
        assert_eq!(check("/", &[(HOST, "a.example:80")]), 200);
        assert_eq!(check("http://a.example/", &[]), 200);
        assert_eq!(check("http://a.example/", &[(HOST, "evil.example")]), 421);
        assert_eq!(check("http://evil.example/", &[(HOST, "a.example")]), 421);
        assert_eq!(check("http://u@a.example/", &[]), 421);
        let host = (HOST, "a.example");
        assert_eq!(check("/", &[host.clone(), (ORIGIN, "https://a.example")]), 200);
        assert_eq!(check("/", &[host.clone(), (ORIGIN, "https://evil.example")]), 403);
        assert_eq!(check("/", &[host.clone(), (ORIGIN, "null")]), 403);
        assert_eq!(check("/", &[host, (ORIGIN, "")]), 403);
    }
}
