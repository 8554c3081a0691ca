//! Paths in their normal form, as requests and routes are matched.

use std::borrow::Cow;

use percent_encoding::percent_encode_byte;

/// A path with every percent-encoding normal (RFC 3986 §6.2.2): unreserved characters plain, hex
/// digits in upper case, and what may not stand plainly encoded. None for a `%` without two hex
/// digits behind it.
///
/// Segments are matched before they are decoded, so that `%2F` never splits one. Nothing else is
/// changed: `//`, `/./` and `/../` are as odd as they look, and match no ordinary route.
#[must_use]
pub fn normal_path(path: &str) -> Option<Cow<'_, str>> {
    if path.bytes().all(may_be_plain) {
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
    PLAIN.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The answers, looked up: every byte of every path is asked for.
#[expect(clippy::indexing_slicing, reason = "a byte is below 256, and this runs in the compiler")]
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut rest: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";
    while let Some((byte, others)) = rest.split_first() {
        plain[*byte as usize] = true;
        rest = others;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(normal_path(path).as_deref(), expected);
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
}
