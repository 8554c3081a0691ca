//! The session cookie and its attributes.

use std::fmt::Write;
use std::time::Duration;

use http::HeaderValue;

use hyperpoint_core::problem::Problem;

/// Maximum size of a cookie with its name and attributes that all browsers store, in bytes (RFC
/// 6265 §6.1).
const MAX_BYTES: usize = 4096;
/// The prefix of a cookie name that browsers accept only if the cookie is `Secure` and has no
/// domain (RFC 6265bis §4.1.3.2).
const PREFIX: &str = "__Host-";

/// The `SameSite` attribute of a cookie: when browsers send it with requests that another site
/// initiated (RFC 6265bis §4.1.2.7).
///
/// # Examples
///
/// ```
/// use hyperpoint::schemes::{CookieSessions, SameSite, SigningKeys};
///
/// let sessions = CookieSessions::new(SigningKeys::random()).same_site(SameSite::Strict);
/// # let _ = sessions;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// Browsers do not send the cookie with requests that another site initiated, not even when the
    /// user follows a link.
    Strict,
    /// Browsers send the cookie with a request that another site initiated only if the user follows
    /// a link. The default.
    #[default]
    Lax,
    /// Browsers send the cookie with every request, even for pages that another site embeds.
    /// Requires `Secure`.
    None,
}

/// The name and attributes of the session cookie.
#[derive(Debug)]
pub(super) struct SessionCookie {
    pub(super) name: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) same_site: SameSite,
    pub(super) is_secure: bool,
}

impl Default for SessionCookie {
    fn default() -> Self {
        Self { name: None, domain: None, same_site: SameSite::default(), is_secure: true }
    }
}

impl SessionCookie {
    /// Returns the configured name, or the default: `__Host-session`, or `session` if the prefix is
    /// not allowed.
    pub(super) fn name(&self) -> &str {
        let own = if self.may_have_prefix() { "__Host-session" } else { "session" };
        self.name.as_deref().unwrap_or(own)
    }

    /// Returns whether the name may have the prefix `__Host-` (RFC 6265bis §4.1.3.2).
    fn may_have_prefix(&self) -> bool {
        self.is_secure && self.domain.is_none()
    }

    /// Returns the `Set-Cookie` value that sets the cookie to `value` for the duration `age`.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the cookie with its name and attributes is larger than 4,096 bytes,
    /// the size that all browsers store.
    pub(super) fn set(&self, value: &str, age: Duration) -> Result<HeaderValue, Problem> {
        let text = self.text(value, age);
        if text.len() > MAX_BYTES {
            let has = text.len();
            return Err(Problem::internal(format!(
                "a session of {has} bytes is too large for a cookie, whose limit is {MAX_BYTES}; \
                 keep claims in a store"
            )));
        }
        let mut header = HeaderValue::try_from(text)?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// Returns the `Set-Cookie` value that deletes the cookie.
    pub(super) fn removed(&self) -> HeaderValue {
        // Invalid names and domains were refused when the host started.
        HeaderValue::try_from(self.text("", Duration::ZERO))
            .unwrap_or_else(|_| HeaderValue::from_static("session=; Max-Age=0"))
    }

    fn text(&self, value: &str, age: Duration) -> String {
        let same_site = match self.same_site {
            SameSite::Strict => "Strict",
            SameSite::Lax => "Lax",
            SameSite::None => "None",
        };
        let (name, age) = (self.name(), age.as_secs());
        let mut text =
            format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite={same_site}");
        if self.is_secure {
            text.push_str("; Secure");
        }
        if let Some(domain) = &self.domain {
            let _ = write!(text, "; Domain={domain}");
        }
        text
    }

    /// Returns a configuration error for each setting that browsers would reject.
    pub(super) fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let name = self.name();
        if name.is_empty() || !name.bytes().all(is_token) {
            errors.push(format!("`{name}` is not a valid cookie name; use letters and digits"));
        }
        if name.starts_with(PREFIX) && !self.may_have_prefix() {
            errors.push(format!(
                "a cookie named `{PREFIX}…` must be `Secure` and have no domain; remove \
                 `allow_http` and `domain`, or the prefix"
            ));
        }
        if self.same_site == SameSite::None && !self.is_secure {
            errors.push("`SameSite::None` requires TLS; remove `allow_http`".to_owned());
        }
        let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if self.domain.as_deref().is_some_and(|domain| !domain.bytes().all(is_domain)) {
            errors.push("the cookie's domain is invalid; use a host name".to_owned());
        }
        errors
    }
}

/// Returns whether the byte is valid in a cookie name (`tchar`, RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookie: &SessionCookie) -> String {
        let header = cookie.set("v", Duration::from_mins(1)).unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_has_the_strictest_attributes_unless_configured() {
        let strict = SessionCookie::default();
        let expected = "__Host-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set(&strict), expected);
        let relaxed = SessionCookie {
            domain: Some("example.org".to_owned()),
            same_site: SameSite::Strict,
            is_secure: false,
            ..strict
        };
        let expected =
            "session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Domain=example.org";
        assert_eq!(set(&relaxed), expected);
        assert_eq!(
            relaxed.removed().to_str().unwrap(),
            expected.replace("=v", "=").replace("60", "0")
        );
    }

    #[test]
    fn cookies_that_browsers_would_reject_are_configuration_errors() {
        let name = Some("__Host-s".to_owned());
        let cookie = SessionCookie { name, is_secure: false, ..SessionCookie::default() };
        assert_eq!(cookie.errors().len(), 1);
        let same_site = SameSite::None;
        let cookie = SessionCookie { same_site, is_secure: false, ..SessionCookie::default() };
        assert_eq!(cookie.errors().len(), 1);
        for (name, domain) in [("a b", "x.org"), ("a", "x;y"), ("", "x")] {
            let (name, domain) = (Some(name.to_owned()), Some(domain.to_owned()));
            let cookie = SessionCookie { name, domain, ..SessionCookie::default() };
            assert_eq!(cookie.errors().len(), 1, "{cookie:?}");
        }
        assert!(SessionCookie::default().set(&"x".repeat(4096), Duration::ZERO).is_err());
    }
}
