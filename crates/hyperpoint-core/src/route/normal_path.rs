//! Path normalization for route matching.

use std::borrow::Cow;

use percent_encoding::percent_encode_byte;

/// Normalizes the percent-encoding of a path (RFC 3986 §6.2.2): decodes unreserved characters,
/// writes hex digits in upper case, and encodes characters that are not allowed in a path. Returns
/// `None` for a `%` without two hex digits after it.
///
/// Nothing else is changed. `%2F` is kept, so it never splits a segment. Empty segments and the
/// segments `.` and `..` are kept too; a route parameter matches `.` and `..` like any other
/// segment.
#[must_use]
pub fn normal_path(path: &str) -> Option<Cow<'_, str>> {
    if is_normal(path) {
        return Some(Cow::Borrowed(path));
    }
    let mut normal = String::with_capacity(path.len());
    let mut parts = path.split('%');
    push(&mut normal, parts.next().unwrap_or_default());
    for part in parts {
        let hex = part.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(hex, 16).ok()?;
        if is_unreserved(byte) {
            normal.push(byte.into());
        } else {
            normal.push('%');
            normal.push_str(&hex.to_ascii_uppercase());
        }
        push(&mut normal, part.get(2..).unwrap_or_default());
    }
    Some(Cow::Owned(normal))
}

/// Returns whether the path is already normalized. Nearly all clients send normalized paths.
fn is_normal(path: &str) -> bool {
    let path = path.as_bytes();
    // Most paths have no percent-encoding, so one table lookup for each byte is enough.
    let Some(first) = path.iter().position(|byte| !may_be_plain(*byte)) else {
        return true;
    };
    let mut rest = path.get(first..).unwrap_or_default();
    while let Some((byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (b'%', [high, low, after @ ..]) if is_normal_encoding(*high, *low) => after,
            _ if may_be_plain(*byte) => after,
            _ => return false,
        };
    }
    true
}

/// Returns whether both bytes are upper-case hex digits and encode a byte that is not an unreserved
/// character.
fn is_normal_encoding(high: u8, low: u8) -> bool {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let byte = digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low);
    byte.is_some_and(|byte| !is_unreserved(byte))
}

/// Returns whether the byte is an unreserved character (RFC 3986 §2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Appends text and percent-encodes the characters that are not allowed in a path: browsers send
/// `|` unencoded, and some clients `é`.
fn push(normal: &mut String, text: &str) {
    for byte in text.bytes() {
        match may_be_plain(byte) {
            true => normal.push(byte.into()),
            false => normal.push_str(percent_encode_byte(byte)),
        }
    }
}

/// Returns whether the byte is allowed unencoded in a path (RFC 3986 §3.3).
fn may_be_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).copied().unwrap_or_default()
}

/// A lookup table for `may_be_plain`, which is called for every byte of every path.
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
    fn percent_encodings_are_normalized_and_invalid_ones_refused() {
        check("/plain/path", Some("/plain/path"));
        check("/%7euser/%41", Some("/~user/A"));
        check("/caf%c3%a9", Some("/caf%C3%A9"));
        check("/a%2fb", Some("/a%2Fb"));
        check("/a%2Eb/..", Some("/a.b/.."));
        check("/café", Some("/caf%C3%A9"));
        check("/a|b%20c", Some("/a%7Cb%20c"));
        check("/a%20%C3%A9", Some("/a%20%C3%A9"));
        check("/a%20%2E%5a", Some("/a%20.Z"));
        for bad in ["/%", "/%4", "/%zz", "/%+1", "/%é"] {
            check(bad, None);
        }
    }
}
