//! The cookies of a request, decoded for binding.

use std::borrow::Cow;

use http::HeaderMap;
use percent_encoding::percent_decode;

use crate::cookies::cookie_pairs;

/// The name and the percent-decoded value of a cookie. The value is `None` if its bytes are not
/// UTF-8.
pub(super) type Cookie<'a> = (&'a str, Option<Cow<'a, str>>);

/// Returns all cookies whose names are UTF-8, in the order of the request.
pub(super) fn cookies(headers: &HeaderMap) -> Vec<Cookie<'_>> {
    let named = |(name, value)| Some((std::str::from_utf8(name).ok()?, decoded(value)));
    cookie_pairs(headers).filter_map(named).collect()
}

/// Percent-decodes a cookie value. Returns the value unchanged if the decoded bytes are not UTF-8,
/// and `None` if the value itself is not UTF-8.
fn decoded(value: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(value).ok()?;
    Some(percent_decode(value).decode_utf8().unwrap_or(Cow::Borrowed(text)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn each_cookie_pair_of_each_header_field_is_parsed_independently() {
        let mut headers = HeaderMap::new();
        for text in [&b"a=1; b=\"x y\" ;junk; c=%C3%A9%3B"[..], b"d==; e=%ff; \xff=1; f=\xff; g=2"]
        {
            headers.append(COOKIE, HeaderValue::from_bytes(text).unwrap());
        }
        let cookies = cookies(&headers);
        let cookies: Vec<_> =
            cookies.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let text = |(name, value)| (name, Some(value));
        let before = [("a", "1"), ("b", "x y"), ("c", "é;"), ("d", "="), ("e", "%ff")].map(text);
        assert_eq!(cookies, [&before[..], &[("f", None), ("g", Some("2"))]].concat());
    }
}
