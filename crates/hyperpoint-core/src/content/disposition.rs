//! The header `Content-Disposition`: whether a client displays or saves content, and the file name.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are percent-encoded in an extended value: all but `attr-char` (RFC 8187
/// §3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The way in which a client should present content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disposition {
    Inline,
    Attachment,
}

/// Returns the value of `Content-Disposition` for content with this file name (RFC 6266).
///
/// Path separators and control characters are replaced by `_`. A name that clients could
/// misinterpret, such as a non-ASCII one, is included twice: simplified for old clients, and in
/// UTF-8 (RFC 8187).
pub(crate) fn disposition(disposition: Disposition, name: &str) -> HeaderValue {
    let kind = match disposition {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let name = name.replace(|c: char| c.is_control() || ['/', '\\'].contains(&c), "_");
    let plain: String = name.chars().map(plain).collect();
    let mut text = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        text.push_str("; filename*=UTF-8''");
        text.extend(utf8_percent_encode(&name, ENCODED));
    }
    HeaderValue::try_from(text).expect("characters that are invalid in a header were replaced")
}

/// Returns the character, or `_` if it is not ASCII or if some clients would misinterpret it within
/// quotes. For example, some clients decode `%` sequences (RFC 6266, appendix D).
fn plain(character: char) -> char {
    let is_plain = character == ' ' || character.is_ascii_graphic();
    if is_plain && !['"', '%'].contains(&character) { character } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(disposition(Disposition::Attachment, name), expected);
    }

    #[test]
    fn a_non_ascii_name_is_included_simplified_and_in_utf_8() {
        check("report.pdf", r#"attachment; filename="report.pdf""#);
        check("a b;c.txt", r#"attachment; filename="a b;c.txt""#);
        check(
            "März €.csv",
            "attachment; filename=\"M_rz _.csv\"; filename*=UTF-8''M%C3%A4rz%20%E2%82%AC.csv",
        );
        check(
            "100%\"\\..\r\nx: y",
            "attachment; filename=\"100___..__x: y\"; filename*=UTF-8''100%25%22_..__x%3A%20y",
        );
        assert_eq!(disposition(Disposition::Inline, "a.png"), r#"inline; filename="a.png""#);
    }
}
