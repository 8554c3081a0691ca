//! The path of a request: made normal for matching, and decoded for use.

use std::borrow::Cow;

use percent_encoding::{percent_decode_str, percent_encode_byte};

/// The path with every percent-encoding normal (RFC 3986 §6.2.2): unreserved characters plain, hex
/// digits in upper case, and what may not stand plainly encoded. None for a `%` without two hex
/// digits behind it.
///
/// Segments are matched before they are decoded, so that `%2F` never splits one. Nothing else is
/// changed: `//`, `/./` and `/../` are as odd as they look, and match no ordinary route.
pub(super) fn normalise(path: &str) -> Option<Cow<'_, str>> {
    if path.bytes().all(|byte| byte != b'%' && may_be_plain(byte)) {
        return Some(Cow::Borrowed(path));
    }
    let mut normal = String::with_capacity(path.len());
    let mut parts = path.split('%');
    push(&mut normal, parts.next().unwrap_or_default());
    for part in parts {
        let hex = part.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(hex, 16).ok()?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            normal.push(byte.into());
        } else {
            normal.push('%');
            normal.push_str(&hex.to_ascii_uppercase());
        }
        push(&mut normal, part.get(2..).unwrap_or_default());
    }
    Some(Cow::Owned(normal))
}

/// Adds text, encoded where it may not be plain: browsers send `|`, and some clients `é`.
fn push(normal: &mut String, text: &str) {
    for byte in text.bytes() {
        match may_be_plain(byte) {
            true => normal.push(byte.into()),
            false => normal.push_str(percent_encode_byte(byte)),
        }
    }
}

/// Whether the byte may be in a path as it is (RFC 3986 §3.3).
fn may_be_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

/// The value of a route parameter. None where it is no UTF-8.
pub(super) fn decode(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(normalise(path).as_deref(), expected);
    }

    #[test]
    fn encodings_are_made_normal_and_bad_ones_refused() {
        check("/plain/path", Some("/plain/path"));
        check("/%7euser/%41", Some("/~user/A"));
        check("/caf%c3%a9", Some("/caf%C3%A9"));
        check("/a%2fb", Some("/a%2Fb"));
        check("/a%2Eb/..", Some("/a.b/.."));
        check("/café", Some("/caf%C3%A9"));
        check("/a|b%20c", Some("/a%7Cb%20c"));
        for bad in ["/%", "/%4", "/%zz", "/%+1", "/%é"] {
            check(bad, None);
        }
    }

    #[test]
    fn a_parameter_is_decoded_whole() {
        assert_eq!(decode("a%2Fb%20c").as_deref(), Some("a/b c"));
        assert_eq!(decode("%FF"), None);
    }
}
