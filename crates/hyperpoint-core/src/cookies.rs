//! The cookies of a request, parsed as bytes, pair by pair (RFC 6265 §4.2, §5.4).
//!
//! Other programs of the same site set cookies too, and a browser sends their bytes unchanged. An
//! invalid pair therefore never affects another pair.

use http::header::{COOKIE, HeaderMap};
use http::request;

/// Returns the value of the cookie with this name, without the double quotes around it, if any. The
/// value is not percent-decoded.
///
/// A request may have several `Cookie` fields, as over HTTP/2, and several cookies of one name. The
/// first cookie of the name is used; browsers send the cookie with the longest path first (RFC 6265
/// §5.4). Returns `None` if there is no such cookie, or if its value is not UTF-8.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::{HeaderValue, Request};
/// use hyperpoint::schemes::cookie;
///
/// let latin_1 = HeaderValue::from_bytes(b"name=Jos\xe9; session=k1").unwrap();
/// let (request, ()) = Request::get("/").header("cookie", latin_1).body(()).unwrap().into_parts();
/// assert_eq!(cookie(&request, "session"), Some("k1"));
/// assert_eq!(cookie(&request, "name"), None);
/// ```
#[must_use]
pub fn cookie<'r>(request: &'r request::Parts, name: &str) -> Option<&'r str> {
    let (_, value) = cookie_pairs(&request.headers).find(|(key, _)| *key == name.as_bytes())?;
    std::str::from_utf8(value).ok()
}

/// Returns the name of each cookie and its value without the double quotes around it, in the order
/// of the request.
pub(crate) fn cookie_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let fields = headers.get_all(COOKIE).into_iter();
    fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b';')).filter_map(pair)
}

fn pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b'=')?;
    let (name, value) = text.split_at_checked(at)?;
    Some((trim(name), unquoted(trim(value.get(1..)?))))
}

/// Trims spaces and tabs, and nothing else: other Unicode white space belongs to the name or the
/// value, as in browsers.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', bare @ .., b'"'] => bare,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};

    use super::*;

    fn request(fields: &[&[u8]]) -> request::Parts {
        let (mut parts, ()) = Request::get("/").body(()).unwrap().into_parts();
        for field in fields {
            parts.headers.append(COOKIE, HeaderValue::from_bytes(field).unwrap());
        }
        parts
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_field() {
        let request = request(&[b"a=1; xs=no;s=\"yes\"; s=2", b"b=3"]);
        assert_eq!(cookie(&request, "s"), Some("yes"));
        assert_eq!(cookie(&request, "b"), Some("3"));
        assert_eq!(cookie(&request, "x"), None);
        assert_eq!(cookie(&request, ""), None);
    }

    #[test]
    fn an_invalid_pair_does_not_affect_the_others() {
        for odd in [
            &b"name=Jos\xc3\xa9"[..],
            b"name=Jos\xe9",
            b"na\xefve=1",
            b"\x80\xff",
            b"flag",
            b"=",
            b"=alone",
            b"q=\"abc",
            b"q=\"",
            br#"consent={"ads":false,"x":[1,2]}"#,
            b"",
            b" \t ",
            b"a==b==",
        ] {
            for pairs in [[odd, b"s=k1"].join(&b"; "[..]), [b"s=k1", odd].join(&b";"[..])] {
                assert_eq!(cookie(&request(&[&pairs]), "s"), Some("k1"), "{odd:?}");
            }
            assert_eq!(cookie(&request(&[odd, b"s=k1"]), "s"), Some("k1"), "{odd:?}");
        }
    }

    #[test]
    fn only_spaces_and_tabs_are_trimmed() {
        assert_eq!(cookie(&request(&[b"a=1;\t s \t=\t k1 \t"]), "s"), Some("k1"));
        for space in ["\u{2000}", "\u{a0}", "\u{85}", "\u{3000}", "\u{feff}"] {
            let before = format!("{space}__Host-s=forged");
            let after = format!("__Host-s{space}=forged");
            for pair in [before, after] {
                let all = format!("{pair}; __Host-s=k1");
                assert_eq!(cookie(&request(&[pair.as_bytes()]), "__Host-s"), None, "{pair:?}");
                assert_eq!(cookie(&request(&[all.as_bytes()]), "__Host-s"), Some("k1"));
            }
            let value = format!("s={space}k1");
            let kept = format!("{space}k1");
            assert_eq!(cookie(&request(&[value.as_bytes()]), "s"), Some(kept.as_str()));
        }
    }

    #[test]
    fn the_first_cookie_of_a_name_counts_even_if_it_is_not_utf_8() {
        assert_eq!(cookie(&request(&[b"s=1; s=2"]), "s"), Some("1"));
        assert_eq!(cookie(&request(&[b"s=1", b"s=2"]), "s"), Some("1"));
        assert_eq!(cookie(&request(&[b"s=\xff; s=2"]), "s"), None);
        assert_eq!(cookie(&request(&[b"S=1; s=2"]), "s"), Some("2"));
    }
}
