//! The cookies of a request (RFC 6265 §4.2).

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;
use percent_encoding::percent_decode_str;

/// Names and values, in the order in which they came, the values percent-decoded.
pub(super) fn cookie_pairs(headers: &HeaderMap) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let headers = headers.get_all(COOKIE).into_iter();
    let texts = headers.filter_map(|header| std::str::from_utf8(header.as_bytes()).ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (Cow::Borrowed(name.trim()), decoded(value.trim()))).collect()
}

/// A value without its quotes. One that is not percent-encoded text stays as it is.
fn decoded(value: &str) -> Cow<'_, str> {
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    percent_decode_str(bare).decode_utf8().unwrap_or(Cow::Borrowed(bare))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn pairs_are_read_from_every_header() {
        let mut headers = HeaderMap::new();
        for text in ["a=1; b=\"x y\" ;junk; c=%C3%A9%3B", "d==; e=%ff"] {
            headers.append(COOKIE, HeaderValue::from_static(text));
        }
        let pairs = cookie_pairs(&headers);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y"), ("c", "é;"), ("d", "="), ("e", "%ff")]);
    }
}
