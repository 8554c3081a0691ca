//! The cookie that a session is kept in.

use std::fmt::Write;
use std::time::Duration;

use http::HeaderValue;

use crate::problem::Problem;

/// What browsers keep of one cookie at least, in bytes (RFC 6265 §6.1).
const MAX_BYTES: usize = 4096;
const PREFIX: &str = "__Host-";

/// When a browser sends a cookie with a request that another site caused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// Never, not even when a link is followed.
    Strict,
    /// When a link is followed. The default.
    #[default]
    Lax,
    /// Always, for pages that another site embeds; needs `Secure`.
    None,
}

/// How the cookie of a session is set.
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
    pub(super) fn name(&self) -> &str {
        let own = if self.may_have_prefix() { "__Host-session" } else { "session" };
        self.name.as_deref().unwrap_or(own)
    }

    /// Whether a browser takes the prefix `__Host-` (RFC 6265bis §4.1.3.2).
    fn may_have_prefix(&self) -> bool {
        self.is_secure && self.domain.is_none()
    }

    /// The header that sets it for so long.
    ///
    /// # Errors
    ///
    /// A 500 where a browser would not keep it.
    pub(super) fn set(&self, value: &str, age: Duration) -> Result<HeaderValue, Problem> {
        let text = self.text(value, age);
        if text.len() > MAX_BYTES {
            let has = text.len();
            return Err(Problem::internal(format!(
                "a session of {has} bytes is too large for a cookie, which has {MAX_BYTES}; \
                 keep claims in a store"
            )));
        }
        let mut header = HeaderValue::try_from(text)?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// The header that removes it.
    pub(super) fn removed(&self) -> HeaderValue {
        // A name or a domain that is no header was refused when the host started.
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

    /// What no browser would take, a sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let name = self.name();
        if name.is_empty() || !name.bytes().all(is_token) {
            mistakes
                .push(format!("`{name}` can't be the name of a cookie; use letters and digits"));
        }
        if name.starts_with(PREFIX) && !self.may_have_prefix() {
            mistakes.push(format!(
                "a cookie named `{PREFIX}…` is for one host over TLS alone; take out \
                 `allow_http` and `domain`, or the prefix"
            ));
        }
        if self.same_site == SameSite::None && !self.is_secure {
            mistakes.push("`SameSite::None` needs TLS; take out `allow_http`".to_owned());
        }
        let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if self.domain.as_deref().is_some_and(|domain| !domain.bytes().all(is_domain)) {
            mistakes.push("the domain of the cookie is no name of a host".to_owned());
        }
        mistakes
    }
}

/// Whether a name of a cookie may have it (RFC 9110 §5.6.2).
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
    fn a_cookie_is_as_closed_as_it_can_be_unless_it_says_otherwise() {
        let closed = SessionCookie::default();
        let expected = "__Host-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set(&closed), expected);
        let open = SessionCookie {
            domain: Some("example.org".to_owned()),
            same_site: SameSite::Strict,
            is_secure: false,
            ..closed
        };
        let expected =
            "session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Domain=example.org";
        assert_eq!(set(&open), expected);
        assert_eq!(
            open.removed().to_str().unwrap(),
            expected.replace("=v", "=").replace("60", "0")
        );
    }

    #[test]
    fn what_a_browser_would_not_take_is_told() {
        let name = Some("__Host-s".to_owned());
        let cookie = SessionCookie { name, is_secure: false, ..SessionCookie::default() };
        assert_eq!(cookie.mistakes().len(), 1);
        let same_site = SameSite::None;
        let cookie = SessionCookie { same_site, is_secure: false, ..SessionCookie::default() };
        assert_eq!(cookie.mistakes().len(), 1);
        for (name, domain) in [("a b", "x.org"), ("a", "x;y"), ("", "x")] {
            let (name, domain) = (Some(name.to_owned()), Some(domain.to_owned()));
            let cookie = SessionCookie { name, domain, ..SessionCookie::default() };
            assert_eq!(cookie.mistakes().len(), 1, "{cookie:?}");
        }
        assert!(SessionCookie::default().set(&"x".repeat(4096), Duration::ZERO).is_err());
    }
}
