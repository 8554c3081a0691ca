//! Patterns of host names and origins.

use std::net::Ipv6Addr;

/// A pattern for the value of a `Host` or `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamePattern {
    /// The scheme of an origin in lower case. Empty for the origin `null`, `None` for any scheme.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// Only this host, in lower case.
    Exact(String),
    /// Every host with this suffix, which is in lower case and starts with a dot: `.example.com`.
    Below(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
    Any,
    /// Only this port, in decimal. An empty string matches only an absent or empty port.
    Exact(String),
}

impl NamePattern {
    /// Parses a pattern for a `Host`, such as `api.example.com`, `*.example.com` or `[::1]:8080`. A
    /// pattern without a port matches any port. Returns `None` if the pattern is invalid.
    pub(super) fn of_host(text: &str) -> Option<Self> {
        let (host, port) = split(text).filter(|_| !text.ends_with(':'))?;
        Self::new(None, host, if port.is_empty() { "*" } else { port })
    }

    /// Parses a pattern for an `Origin`: `*`, `null`, or a scheme and a host with an optional port,
    /// such as `http://localhost:*`. A pattern without a port, or with the default port of its
    /// scheme, matches only origins without a port. Returns `None` if the pattern is invalid.
    pub(super) fn of_origin(text: &str) -> Option<Self> {
        if text == "*" {
            return Self::new(None, "*", "*");
        }
        if text == "null" {
            return Self::new(Some(""), "null", "");
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let is_scheme = !scheme.is_empty() && scheme.bytes().all(is_scheme_byte);
        let (host, port) = split(rest)?;
        // Browsers omit the default port from `Origin` (RFC 6454 §6.2).
        let port = match (scheme.to_ascii_lowercase().as_str(), port) {
            ("http", "80") | ("https", "443") => "",
            (_, port) => port,
        };
        Self::new(Some(scheme), host, port).filter(|_| is_scheme && !rest.ends_with(':'))
    }

    fn new(scheme: Option<&str>, host: &str, port: &str) -> Option<Self> {
        let port = match port {
            "*" => PortPattern::Any,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                PortPattern::Exact(digits.to_owned())
            }
            _ => return None,
        };
        let lower = host.to_ascii_lowercase();
        let host = match lower.strip_prefix('*') {
            Some("") => HostPattern::Any,
            Some(end) if end.starts_with('.') && is_host(end.get(1..)?) => {
                HostPattern::Below(end.to_owned())
            }
            None if is_host(&lower) => HostPattern::Exact(lower),
            _ => return None,
        };
        Some(Self { scheme: scheme.map(str::to_ascii_lowercase), host, port })
    }

    /// Returns whether the pattern matches every scheme, host and port.
    pub(super) fn is_any(&self) -> bool {
        self.scheme.is_none() && self.host == HostPattern::Any && self.port == PortPattern::Any
    }

    /// Returns whether the pattern matches this `Host` value.
    pub(super) fn matches_host(&self, value: &str) -> bool {
        split(value).is_some_and(|(host, port)| self.matches(host, port))
    }

    /// Returns whether the pattern matches this `Origin` value.
    pub(super) fn matches_origin(&self, value: &str) -> bool {
        match value.split_once("://") {
            None => value == "null" && self.has_scheme("") && self.matches(value, ""),
            Some((scheme, rest)) => {
                !scheme.is_empty() && self.has_scheme(scheme) && self.matches_host(rest)
            }
        }
    }

    fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(scheme))
    }

    fn matches(&self, host: &str, port: &str) -> bool {
        let is_host = match &self.host {
            HostPattern::Any => true,
            HostPattern::Exact(own) => own.eq_ignore_ascii_case(host),
            HostPattern::Below(end) => {
                let at = host.len().checked_sub(end.len()).filter(|at| *at > 0);
                let tail = at.and_then(|at| host.get(at..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
            }
        };
        is_host
            && match &self.port {
                PortPattern::Any => true,
                PortPattern::Exact(own) => own == port,
            }
    }
}

/// Splits a text into a host and a port, which is empty if absent. Returns `None` if the brackets
/// of an IPv6 address are followed by anything but a colon.
fn split(text: &str) -> Option<(&str, &str)> {
    let end_of_literal = text.starts_with('[').then(|| text.find(']')).flatten();
    let (host, rest) = match end_of_literal {
        Some(end) => text.split_at_checked(end + 1)?,
        None => text.split_at_checked(text.find(':').unwrap_or(text.len()))?,
    };
    let port = if rest.is_empty() { rest } else { rest.strip_prefix(':')? };
    Some((host, port))
}

/// Returns whether the text is a host name or an IP address. An IPv6 address must be in brackets.
fn is_host(text: &str) -> bool {
    let literal = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(literal) = literal {
        return literal.parse::<Ipv6Addr>().is_ok();
    }
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.bytes().all(is_name_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn host(pattern: &str, value: &str, expected: bool) {
        let matches = NamePattern::of_host(pattern).unwrap().matches_host(value);
        assert_eq!(matches, expected, "{pattern} {value}");
    }

    #[track_caller]
    fn origin(pattern: &str, value: &str, expected: bool) {
        let matches = NamePattern::of_origin(pattern).unwrap().matches_origin(value);
        assert_eq!(matches, expected, "{pattern} {value}");
    }

    #[test]
    fn a_host_matches_by_its_whole_name_and_its_port_if_the_pattern_has_one() {
        for value in ["localhost", "LocalHost", "localhost:1", "localhost:"] {
            host("localhost", value, true);
        }
        for value in
            ["localhost.", "localhost.evil.example", "evil-localhost", "", ":80", "[localhost]"]
        {
            host("localhost", value, false);
        }
        host("localhost:80", "localhost:80", true);
        host("localhost:80", "localhost", false);
        host("localhost:80", "localhost:8080", false);
        host("[::1]", "[::1]:80", true);
        host("[::1]", "[::2]", false);
        host("127.0.0.1", "127.0.0.1.evil.example", false);
        host("127.0.0.1", "user@127.0.0.1", false);
        host("*", "anything:1", true);
    }

    #[test]
    fn a_star_matches_names_below_and_not_the_name_itself() {
        host("*.a.example", "b.a.example", true);
        host("*.a.example", "c.B.A.example:80", true);
        for value in ["a.example", ".a.example", "ba.example", "b.a.example.evil", "é.a.examplé"]
        {
            host("*.a.example", value, false);
        }
        origin("https://*.a.example", "https://b.a.example", true);
        origin("https://*.a.example", "http://b.a.example", false);
    }

    #[test]
    fn an_origin_matches_by_scheme_host_and_port() {
        origin("https://a.example", "https://a.example", true);
        origin("https://a.example", "https://a.example:8443", false);
        origin("https://a.example", "http://a.example", false);
        origin("https://a.example", "https://a.example.evil", false);
        origin("https://a.example", "null", false);
        origin("http://localhost:*", "http://localhost", true);
        origin("http://localhost:*", "http://localhost:5173", true);
        origin("http://localhost:*", "http://localhost.evil:5173", false);
        origin("http://[::1]:*", "http://[::1]:5173", true);
        origin("https://a.example:443", "https://a.example", true);
        origin("HTTP://a.example:80", "http://a.example", true);
        origin("http://a.example:443", "http://a.example", false);
        origin("null", "null", true);
        origin("null", "https://null", false);
        origin("null", "://null", false);
        origin("https://null", "null", false);
        origin("*", "https://a.example:1", true);
        origin("*", "null", true);
    }

    #[test]
    fn a_text_that_no_client_sends_is_no_pattern() {
        let hosts = [
            "", ":80", "a b", "http://a", "a/", "a:x", "a:", "[a]", "[::1", "::1", "*a", "a.*",
            "*.", "é",
        ];
        for text in hosts {
            assert_eq!(NamePattern::of_host(text), None, "{text}");
        }
        let origins = [
            "",
            "a.example",
            "https://",
            "https://a/",
            "https://a:",
            "https://u@a",
            "://a",
            "h\u{e9}://a",
        ];
        for text in origins {
            assert_eq!(NamePattern::of_origin(text), None, "{text}");
        }
    }
}
