//! Splitting of text at line breaks: CRLF, CR or LF. Independent of the content of a line.

use memchr::memchr2;

/// Returns the lines of `text`. Text without a line break, such as an empty slice, is one line. A
/// line break at the end is followed by an empty line.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, tail) = first_line(text).map_or((text, None), |(line, tail)| (line, Some(tail)));
        rest = tail;
        Some(line)
    })
}

/// Returns the parts of `text` before and after its first line break, or `None` if it has none.
///
/// A CR at the end of `text` is treated as a whole line break, although the next chunk may start
/// with the LF of a CRLF.
pub(crate) fn first_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, tail) = text.split_at_checked(memchr2(b'\r', b'\n', text)?)?;
    let tail = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..))?;
    Some((line, tail))
}

/// Returns whether `text` contains a line break.
pub(crate) fn has_break(text: &[u8]) -> bool {
    memchr2(b'\r', b'\n', text).is_some()
}

#[cfg(test)]
mod tests {
    use super::{has_break, lines};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> =
            lines(text.as_bytes()).map(|line| str::from_utf8(line).unwrap()).collect();
        assert_eq!(found, expected);
        assert_eq!(has_break(text.as_bytes()), expected.len() > 1);
    }

    #[test]
    fn each_line_break_ends_one_line() {
        check("", &[""]);
        check("a", &["a"]);
        check("a\nb\rc\r\nd", &["a", "b", "c", "d"]);
        check("\n\r", &["", "", ""]);
        check("\r\r\n\n", &["", "", "", ""]);
    }

    #[test]
    fn a_trailing_line_break_starts_an_empty_line() {
        check("a\n", &["a", ""]);
        check("a\r\n", &["a", ""]);
        check("a\r", &["a", ""]);
    }
}
