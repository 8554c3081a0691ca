//! A lenient parser for the parameters of a header value, such as `; name=value; name="value"`.

use std::borrow::Cow;

/// An iterator over the parameters of a header value, which follow its first semicolon (RFC 9110
/// §5.6.6).
///
/// It also accepts invalid parameters that clients send: unquoted values with any characters, bytes
/// that are not UTF-8, and quotation marks and backslashes that a browser did not escape.
pub(super) struct HeaderParameters<'a> {
    rest: &'a [u8],
}

/// The name of a parameter as sent, and its value without quotation marks and escapes.
pub(super) type Parameter<'a> = (&'a [u8], Cow<'a, [u8]>);

/// The error for a quoted value without a closing quotation mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnclosedQuote;

impl<'a> HeaderParameters<'a> {
    /// Creates an iterator over the parameters of this header value.
    pub(super) fn of(value: &'a [u8]) -> Self {
        Self { rest: split_once(value, b';').1 }
    }
}

impl<'a> Iterator for HeaderParameters<'a> {
    type Item = Result<Parameter<'a>, UnclosedQuote>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let name = self.rest.split(|byte| matches!(byte, b';' | b'=')).next()?;
            let Some(value) = tail(self.rest, name.len()).strip_prefix(b"=") else {
                // A parameter without `=` is skipped.
                self.rest = split_once(self.rest, b';').1;
                continue;
            };
            let name = name.trim_ascii();
            let Some(quoted) = value.trim_ascii_start().strip_prefix(b"\"") else {
                let (value, rest) = split_once(value, b';');
                self.rest = rest;
                return Some(Ok((name, Cow::Borrowed(value.trim_ascii()))));
            };
            let unquoted = unquoted(quoted);
            self.rest = unquoted.as_ref().map_or(&[], |(_, rest)| split_once(rest, b';').1);
            return Some(unquoted.map(|(value, _)| (name, value)).ok_or(UnclosedQuote));
        }
        None
    }
}

/// Parses a quoted value. `text` begins after the opening quotation mark. Returns the value and the
/// text after the closing mark, or `None` if there is no closing mark.
///
/// A quotation mark closes the value only before a semicolon or at the end of the header, after
/// optional whitespace. `\"` and `\\` are escapes (RFC 9110 §5.6.4); any other backslash is
/// literal, because browsers do not escape backslashes (WHATWG HTML, "Multipart form data").
/// Therefore `\"` before a semicolon or at the end is read as a literal backslash and the closing
/// mark, unless the next unescaped mark closes the value.
fn unquoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut value = Vec::new();
    let mut next_mark = None;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'"', _) if ends(text, at) => {
                return Some((Cow::Owned(value), tail(text, at + 1)));
            }
            (b'\\', Some(b'"')) => {
                // Consecutive escaped marks reuse the position of the next unescaped mark, so that
                // parsing takes linear time.
                let mark = next_mark.filter(|mark| *mark > at + 1);
                let mark = mark.unwrap_or_else(|| bare_mark(text, at + 2));
                next_mark = Some(mark);
                if ends(text, at + 1) && !ends(text, mark) {
                    value.push(b'\\');
                    return Some((Cow::Owned(value), tail(text, at + 2)));
                }
                value.push(b'"');
                at += 2;
            }
            (b'\\', Some(b'\\')) => {
                value.push(b'\\');
                at += 2;
            }
            _ => {
                value.push(*byte);
                at += 1;
            }
        }
    }
    None
}

/// Returns the index of the first unescaped quotation mark at or after `from`, or the length of the
/// text if there is none.
fn bare_mark(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' if matches!(text.get(at + 1), Some(b'"' | b'\\')) => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Returns whether the quotation mark at index `mark` is followed by a semicolon or the end of the
/// text, after optional whitespace.
fn ends(text: &[u8], mark: usize) -> bool {
    let after = text.get(mark + 1..).map(<[u8]>::trim_ascii_start);
    after.is_some_and(|after| matches!(after.first(), None | Some(b';')))
}

/// Splits the text at the first occurrence of the byte, which is in neither half. The second half
/// is empty if the byte does not occur.
fn split_once(text: &[u8], byte: u8) -> (&[u8], &[u8]) {
    let before = text.split(|one| *one == byte).next().unwrap_or_default();
    (before, tail(text, before.len() + 1))
}

fn tail(text: &[u8], from: usize) -> &[u8] {
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the parameters as `name=value`, separated by `|`.
    fn read(value: &str) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read = HeaderParameters::of(value.as_bytes()).map(|parameter| match parameter {
            Ok((name, value)) => format!("{}={}", text(name), text(&value)),
            Err(UnclosedQuote) => "!".to_owned(),
        });
        read.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn parameters_are_parsed_as_clients_write_them() {
        let cases = [
            ("form-data", ""),
            ("a;", ""),
            ("a; word; name=x;", "name=x"),
            ("a;n=x; m = \"y\" ;o=z w", "n=x|m=y|o=z w"),
            ("a; boundary=----=_Part_1_123.456; c=d", "boundary=----=_Part_1_123.456|c=d"),
            ("a; n=\"x; m=evil\"; m=\"real\"", "n=x; m=evil|m=real"),
            ("a; n=\"1\\\"2\"; m=\"a\\\\\"", "n=1\"2|m=a\\"),
            ("a; n=\"1\"2\"; m=b", "n=1\"2|m=b"),
            ("a; n=\"\"; m=b", "n=|m=b"),
            ("a; n=\"C:\\dir\\a.txt\"", "n=C:\\dir\\a.txt"),
            ("a; n=\"a\\\"", "n=a\\"),
            ("a; n=\"a\\\"; m=\"b\"", "n=a\\|m=b"),
            ("a; n=\"a\\\"; m=\"\"", "n=a\\|m="),
            ("a; n=\"a\\\"; m\"", "n=a\"; m"),
            ("a; n=\"a; m=b", "!"),
            ("a; n=\"", "!"),
        ];
        for (value, expected) in cases {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn parsing_escaped_marks_takes_linear_time() {
        let value = format!("a; n=\"{}", "\\\";".repeat(200_000));
        let begin = std::time::Instant::now();
        assert_eq!(HeaderParameters::of(value.as_bytes()).count(), 1);
        assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    }
}
