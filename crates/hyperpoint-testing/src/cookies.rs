//! The cookie store of a client. It implements only the parts of RFC 6265 that tests of one host
//! need.

use std::sync::{Arc, Mutex, PoisonError};

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request};

/// The cookie store of one client. Clones share the cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(Arc<Mutex<Vec<Cookie>>>);

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Cookies {
    /// Stores the cookies that a response sets, and removes the cookies that it expires.
    pub(crate) fn store(&self, headers: &HeaderMap) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for (cookie, is_expired) in texts.filter_map(parse) {
            kept.retain(|other| (&other.name, &other.path) != (&cookie.name, &cookie.path));
            if !is_expired {
                kept.push(cookie);
            }
        }
    }

    /// Adds the cookies whose path matches the path of the request.
    pub(crate) fn add_to<B>(&self, request: &mut Request<B>) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let path = request.uri().path();
        let sent = kept.iter().filter(|cookie| path_matches(&cookie.path, path));
        let pairs: Vec<_> =
            sent.map(|Cookie { name, value, .. }| format!("{name}={value}")).collect();
        if let Ok(value) = HeaderValue::try_from(pairs.join("; "))
            && !pairs.is_empty()
        {
            request.headers_mut().append(COOKIE, value);
        }
    }
}

/// Parses a `Set-Cookie` header. Returns the cookie and whether it has expired, or `None` if the
/// text before the first `;` has no `=`.
fn parse(text: &str) -> Option<(Cookie, bool)> {
    let mut parts = text.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let mut path = "/".to_owned();
    let (mut max_age_s, mut is_expired) = (None, false);
    for (attribute, text) in parts.filter_map(|part| part.split_once('=')) {
        match attribute.to_ascii_lowercase().as_str() {
            "path" if text.starts_with('/') => text.clone_into(&mut path),
            "max-age" => max_age_s = text.parse::<i64>().ok(),
            // To delete a cookie, servers send a date in 1970. Other dates are ignored.
            "expires" => is_expired = text.contains("1970"),
            _ => {}
        }
    }
    let is_expired = max_age_s.map_or(is_expired, |seconds| seconds <= 0);
    Some((Cookie { name: name.to_owned(), value: value.to_owned(), path }, is_expired))
}

/// Returns whether a request path matches the path of a cookie (RFC 6265 §5.1.4).
fn path_matches(cookie: &str, path: &str) -> bool {
    let rest = path.strip_prefix(cookie);
    rest.is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, set: &[&str], expected: Option<&str>) {
        let cookies = Cookies::default();
        for text in set {
            let value = HeaderValue::from_str(text).unwrap();
            cookies.store(&HeaderMap::from_iter([(SET_COOKIE, value)]));
        }
        let mut request = Request::get(path).body(()).unwrap();
        cookies.add_to(&mut request);
        assert_eq!(request.headers().get(COOKIE).map(|value| value.to_str().unwrap()), expected);
    }

    #[test]
    fn cookies_are_stored_replaced_and_removed() {
        check("/", &[], None);
        check("/", &["a=1; HttpOnly", "b=x=y; Path=/; Max-Age=60"], Some("a=1; b=x=y"));
        check("/", &["a=1", "a=2; Secure"], Some("a=2"));
        check("/", &["a=1", "a=; Max-Age=0"], None);
        check("/", &["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], None);
        check("/", &["a"], None);
    }

    #[test]
    fn a_cookie_is_sent_to_its_path_and_the_paths_below_it() {
        check("/shop/cart?x", &["a=1; Path=/shop"], Some("a=1"));
        check("/shop", &["a=1; Path=/shop"], Some("a=1"));
        check("/shopping", &["a=1; Path=/shop"], None);
        check("/", &["a=1; Path=/shop/"], None);
    }
}
