//! The exclusion of responses with cookies from shared caches.

use http::HeaderName;
use http::header::{CACHE_CONTROL, EXPIRES, HeaderMap, HeaderValue, SET_COOKIE};

/// Adds the headers that keep a response with a cookie out of shared caches: a cache would send the
/// cookie, which may be a session, to other clients (RFC 9111 §7.3).
#[inline]
pub(super) fn keep_private(headers: &mut HeaderMap) {
    // Comparing each of the few names costs less than hashing one for a look-up.
    if headers.keys().any(|name| name == SET_COOKIE) {
        make_private(headers);
    }
}

/// Sets the headers of a private response.
#[cold]
fn make_private(headers: &mut HeaderMap) {
    let value = cache_control(headers);
    headers.insert(CACHE_CONTROL, value);
    // HTTP/1.0 caches read only `Expires`.
    if headers.contains_key(EXPIRES) {
        headers.insert(EXPIRES, HeaderValue::from_static("0"));
    }
    let targeted: Vec<_> = headers.keys().filter(|name| is_targeted(name)).cloned().collect();
    for name in targeted {
        headers.remove(name);
    }
}

/// Returns the response's `Cache-Control` without directives that let a shared cache store it, and
/// with one that forbids it (RFC 9111 §5.2.2).
fn cache_control(headers: &HeaderMap) -> HeaderValue {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let directives = values.iter().flat_map(|value| directives(value));
    let mut kept: Vec<_> = directives.filter(|text| !is_for_shared_caches(text)).collect();
    if !kept.iter().any(|text| is(text, "private") || is(text, "no-store")) {
        kept.insert(0, "private");
    }
    HeaderValue::try_from(kept.join(", ")).unwrap_or(HeaderValue::from_static("no-store"))
}

/// Splits a list at its commas, except within quotes, as in `no-cache="a, b"`.
fn directives(value: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let parts = value.split(move |character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    parts.map(str::trim).filter(|text| !text.is_empty())
}

/// Returns whether a directive must be removed: it concerns only shared caches, excludes only some
/// headers from them (`private="…"`), or makes caches ignore `no-store` (RFC 9111 §5.2.2.3).
fn is_for_shared_caches(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default().trim();
    is(name, "public")
        || is(name, "s-maxage")
        || is(name, "proxy-revalidate")
        || is(name, "must-understand")
        || (is(name, "private") && name.len() < text.len())
}

/// Returns whether two directive names are equal, ignoring case.
fn is(text: &str, name: &str) -> bool {
    text.eq_ignore_ascii_case(name)
}

/// Returns whether a header is a `Cache-Control` for one kind of shared cache, which takes
/// precedence over the general one (RFC 9213): `CDN-Cache-Control` and its vendor-specific forms.
fn is_targeted(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("cdn-cache-control")
        || ["surrogate-control", "edge-control", "x-accel-expires"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the headers of a response after it was made private, without `Set-Cookie`.
    fn answered(headers: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        let mut answer = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            answer.append(HeaderName::from_static(name), value);
        }
        keep_private(&mut answer);
        let headers = answer.iter().filter(|(name, _)| *name != SET_COOKIE);
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        headers.map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    #[track_caller]
    fn check(before: &'static str, after: &str) {
        let headers = answered(&[("set-cookie", "a=b"), ("cache-control", before)]);
        assert_eq!(headers, [("cache-control".to_owned(), after.to_owned())]);
    }

    #[test]
    fn a_response_that_sets_a_cookie_is_private() {
        check("public, max-age=60", "private, max-age=60");
        check("max-age=60", "private, max-age=60");
        check("", "private");
        check("PUBLIC,S-MaxAge=60 , immutable", "private, immutable");
        check("public, private", "private");
        check("no-cache, no-transform", "private, no-cache, no-transform");
        check("no-store", "no-store");
        check("must-understand, no-store, max-age=60", "no-store, max-age=60");
        check("public, no-store", "no-store");
        check("Private, max-age=60", "Private, max-age=60");
        check("private=\"x-a, x-b\", max-age=60", "private, max-age=60");
        check("no-cache=\"set-cookie, public\"", "private, no-cache=\"set-cookie, public\"");
        assert_eq!(
            answered(&[("set-cookie", "a=b")]),
            [("cache-control".into(), "private".into())]
        );
    }

    #[test]
    fn several_cache_control_fields_are_joined_to_one_list() {
        let headers =
            [("set-cookie", "a=b"), ("cache-control", "public"), ("cache-control", "max-age=60")];
        assert_eq!(answered(&headers), [("cache-control".into(), "private, max-age=60".into())]);
    }

    #[test]
    fn no_other_header_lets_a_shared_cache_store_the_response() {
        let headers = answered(&[
            ("set-cookie", "a=b"),
            ("cdn-cache-control", "max-age=60"),
            ("cloudflare-cdn-cache-control", "max-age=60"),
            ("surrogate-control", "max-age=60"),
            ("edge-control", "max-age=60"),
            ("x-accel-expires", "60"),
            ("expires", "Fri, 31 Dec 9999 23:59:59 GMT"),
            ("etag", "\"7\""),
        ]);
        let expected = [("expires", "0"), ("etag", "\"7\""), ("cache-control", "private")];
        let mut headers = headers;
        headers.sort();
        let mut expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        expected.sort();
        assert_eq!(headers, expected);
    }

    #[test]
    fn a_response_without_a_cookie_is_unchanged() {
        let headers =
            [("cache-control", "public, max-age=60"), ("cdn-cache-control", "max-age=600")];
        let expected = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(answered(&headers), expected);
    }
}
