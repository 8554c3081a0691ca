//! Where a request carries what proves its sender.

use http::header::{COOKIE, HeaderMap};

/// The value of the first cookie of this name (RFC 6265 §4.2).
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_header() {
        let headers = ["a=1; xs=no;s=\"yes\"; s=2", "b=3"].map(HeaderValue::from_static);
        let headers: HeaderMap = headers.into_iter().map(|value| (COOKIE, value)).collect();
        assert_eq!(cookie(&headers, "s"), Some("yes"));
        assert_eq!(cookie(&headers, "b"), Some("3"));
        assert_eq!(cookie(&headers, "x"), None);
    }
}
