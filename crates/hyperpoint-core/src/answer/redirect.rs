//! The target and the status of a redirect.

use std::borrow::Cow;

use http::{HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::problem::Problem;

/// Maximum length of a `Location`, in bytes. It is the default of the host's `uri_limit_bytes`,
/// which limits the targets of requests, and a common limit of proxies for headers.
const LOCATION_LIMIT: usize = 8 * 1024;

/// The ASCII characters that are percent-encoded in the target (RFC 3986 §2). A `%` is kept,
/// because the target may be encoded already.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The reason why a target that may be on another host is invalid.
const NOT_LOCAL: &str = "is not a path on this host";

/// A redirect: its target and its status. A string converts to a temporary redirect (302) to a path
/// on this host.
///
/// An invalid target results in a 500 if it is a literal, which the developer wrote, and in a 400
/// if it is a `String`, which may contain data from a client.
///
/// # Examples
///
/// ```
/// use hyperpoint::Redirect;
///
/// let moved = Redirect::to("/orders").permanent();
/// let away = Redirect::to("https://example.org/").remote();
/// let chosen = Redirect::to(format!("/orders?after={}", 7));
/// # let _ = (moved, away, chosen);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    location: Cow<'static, str>,
    status: StatusCode,
    is_remote: bool,
}

impl Redirect {
    /// Creates a temporary redirect: 302 (RFC 9110 §15.4.3). Characters of the target that are
    /// invalid in a URI, such as spaces and non-ASCII characters, are percent-encoded.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Redirect;
    ///
    /// let redirect = Redirect::to("/orders");
    /// # let _ = redirect;
    /// ```
    pub fn to(location: impl Into<Cow<'static, str>>) -> Self {
        Self { location: location.into(), status: StatusCode::FOUND, is_remote: false }
    }

    /// Makes the redirect permanent: 301 (RFC 9110 §15.4.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Redirect;
    ///
    /// let redirect = Redirect::to("/orders").permanent();
    /// # let _ = redirect;
    /// ```
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.status = StatusCode::MOVED_PERMANENTLY;
        self
    }

    /// Makes the client follow the redirect with a GET (after a HEAD, with a HEAD), whatever the
    /// method of the request: 303 (RFC 9110 §15.4.4).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Redirect;
    ///
    /// // After a POST: show the order.
    /// let redirect = Redirect::to("/orders/7").see_other();
    /// # let _ = redirect;
    /// ```
    #[must_use]
    pub fn see_other(mut self) -> Self {
        self.status = StatusCode::SEE_OTHER;
        self
    }

    /// Makes the client follow the redirect with the method of the request: 307, a temporary
    /// redirect (RFC 9110 §15.4.8).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Redirect;
    ///
    /// let redirect = Redirect::to("/v2/orders").same_method();
    /// # let _ = redirect;
    /// ```
    #[must_use]
    pub fn same_method(mut self) -> Self {
        self.status = StatusCode::TEMPORARY_REDIRECT;
        self
    }

    /// Allows any non-empty target, such as a URL of another host. Default: only a path on this
    /// host is accepted, so that data from a client cannot redirect a user to another site.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Redirect;
    ///
    /// let redirect = Redirect::to("https://login.example/authorize").remote();
    /// # let _ = redirect;
    /// ```
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.is_remote = true;
        self
    }

    /// Returns the status and the value of `Location`.
    ///
    /// # Errors
    ///
    /// A 500 if the target is an invalid literal; a 400 if it is an invalid `String`.
    pub(super) fn into_parts(self) -> Result<(StatusCode, HeaderValue), Problem> {
        match self.header() {
            Ok(location) => Ok((self.status, location)),
            Err(reason) => {
                let text = format!("the target of the redirect {reason}");
                let advice = (reason == NOT_LOCAL).then(|| self.advice()).flatten();
                let cause =
                    advice.map_or_else(|| text.clone(), |advice| format!("{text}; {advice}"));
                Err(match self.location {
                    Cow::Borrowed(_) => Problem::internal(cause),
                    Cow::Owned(_) => {
                        Problem::new(StatusCode::BAD_REQUEST).detail(text).caused_by(cause)
                    }
                })
            }
        }
    }

    /// Returns how to correct a target that is not a path on this host. Returns `None` for the URL of
    /// another host in a `String`: it may come from a client, which must not choose the host.
    fn advice(&self) -> Option<&'static str> {
        match &self.location {
            _ if !names_host(&self.location) => Some("begin the path with `/`"),
            Cow::Borrowed(_) => Some("to allow other hosts, call `Redirect::remote`"),
            Cow::Owned(_) => None,
        }
    }

    /// Returns the value of `Location`, or the reason why the target is invalid.
    fn header(&self) -> Result<HeaderValue, &'static str> {
        // Browsers remove tabs and line breaks from a location (WHATWG URL), which could turn a
        // path into the URL of another host.
        if self.location.contains(|c: char| c.is_ascii_control()) {
            return Err("contains a control character");
        }
        if self.location.is_empty() {
            return Err("is empty");
        }
        // Browsers treat `//host` and `/\host` as another host.
        let rest = self.location.strip_prefix('/');
        let is_local = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']));
        if !is_local && !self.is_remote {
            return Err(NOT_LOCAL);
        }
        let encoded: Cow<'_, str> = utf8_percent_encode(&self.location, ENCODED).into();
        if encoded.len() > LOCATION_LIMIT {
            return Err("is longer than 8 KiB");
        }
        HeaderValue::try_from(&*encoded).ok().ok_or("is not a valid URI")
    }
}

/// Returns whether a browser treats the target as an absolute URL or as the URL of another host:
/// whether it begins with a scheme (RFC 3986 §3.1) or with two slashes, of either kind.
fn names_host(location: &str) -> bool {
    let location = location.trim_start_matches(' ');
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c);
    let has_scheme = location.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_of_scheme)
    });
    let mut chars = location.chars();
    has_scheme || [chars.next(), chars.next()].iter().all(|c| matches!(c, Some('/' | '\\')))
}

impl From<&'static str> for Redirect {
    fn from(location: &'static str) -> Self {
        Self::to(location)
    }
}

impl From<String> for Redirect {
    fn from(location: String) -> Self {
        Self::to(location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(redirect: Redirect, expected: Result<&str, u16>) {
        let text = format!("{redirect:?}");
        let parts = redirect.into_parts().map_err(|problem| problem.status().as_u16());
        let location = parts.map(|(_, location)| location.to_str().unwrap().to_owned());
        assert_eq!(location.as_deref().map_err(|status| *status), expected, "{text}");
    }

    #[test]
    fn a_text_from_a_client_redirects_to_no_other_host() {
        for location in [
            "https://evil.example",
            "http:evil.example",
            "HTTP:/evil.example",
            "javascript:alert(1)",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            " //evil.example",
            "\u{feff}//evil.example",
            "\u{a0}/evil.example",
            "/a\r\nset-cookie: x=1",
            "/a\0",
            "/a\u{7f}",
            "@evil.example",
            "?a",
            "",
            "x",
        ] {
            check(Redirect::from(location.to_owned()), Err(400));
        }
    }

    #[test]
    fn an_invalid_literal_target_is_a_server_error() {
        check(Redirect::from("https://example.org"), Err(500));
        check(Redirect::from("/a\r\nb"), Err(500));
        check(Redirect::to("").remote(), Err(500));
        check(Redirect::to("https://example.org/\n".to_owned()).remote(), Err(400));
    }

    fn cause(redirect: Redirect) -> String {
        let problem = redirect.into_parts().unwrap_err();
        problem.private_source().unwrap().to_string()
    }

    #[test]
    fn only_the_error_of_a_literal_target_on_another_host_suggests_a_remote_redirect() {
        let text = "the target of the redirect is not a path on this host";
        let others =
            ["https://a.example", "HTTP:a", "//a.example", "/\\a", "\\\\a", " //a", "a+b:c"];
        for location in others {
            let advice = "to allow other hosts, call `Redirect::remote`";
            assert_eq!(cause(Redirect::from(location)), format!("{text}; {advice}"));
            assert_eq!(cause(Redirect::from(location.to_owned())), text, "{location}");
        }
    }

    #[test]
    fn the_error_of_a_relative_target_suggests_a_slash() {
        for location in ["x", "x/a:b", "?a=b:c", "@a", "1:2", ":a", "é:a"] {
            for redirect in [Redirect::from(location), Redirect::from(location.to_owned())] {
                assert_eq!(
                    cause(redirect),
                    "the target of the redirect is not a path on this host; begin the path with `/`",
                    "{location}"
                );
            }
        }
    }

    #[test]
    fn the_error_of_any_other_invalid_target_has_no_suggestion() {
        let text = "the target of the redirect contains a control character";
        assert_eq!(cause(Redirect::from("/a\r\nb")), text);
        assert_eq!(cause(Redirect::from("/a\r\nb".to_owned())), text);
        assert_eq!(cause(Redirect::to("").remote()), "the target of the redirect is empty");
    }

    #[test]
    fn characters_that_are_invalid_in_a_uri_are_percent_encoded() {
        check(Redirect::from("/a?b=c#d"), Ok("/a?b=c#d"));
        check(Redirect::from("/café/a b"), Ok("/caf%C3%A9/a%20b"));
        check(Redirect::from("/a\\b|\"<>"), Ok("/a%5Cb%7C%22%3C%3E"));
        check(Redirect::from("/%09/evil.example"), Ok("/%09/evil.example"));
        check(Redirect::from("/\u{ff0f}evil.example"), Ok("/%EF%BC%8Fevil.example"));
        check(Redirect::from("/100%/[a]"), Ok("/100%/[a]"));
        check(Redirect::to("https://example.org/a b").remote(), Ok("https://example.org/a%20b"));
    }

    #[test]
    fn a_target_longer_than_the_limit_is_refused() {
        let longest = format!("/{}", "a".repeat(LOCATION_LIMIT - 1));
        check(Redirect::from(longest.clone()), Ok(&longest));
        check(Redirect::from(format!("{longest}a")), Err(400));
        // The limit applies to the encoded target.
        check(Redirect::from(format!("/{}", "é".repeat(LOCATION_LIMIT / 4))), Err(400));
    }

    #[test]
    fn a_permanent_remote_redirect_has_status_301() {
        let remote = Redirect::to("https://example.org").permanent().remote().into_parts();
        assert_eq!(remote.unwrap().0, StatusCode::MOVED_PERMANENTLY);
    }
}
