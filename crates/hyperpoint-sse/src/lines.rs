//! Owns what a line break is: CRLF, CR and LF, each one. It must not know what stands in a line.

use memchr::memchr2;

/// The lines of `text`; without any break, and so also for the empty text, there is one.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, tail) = first_line(text).map_or((text, None), |(line, tail)| (line, Some(tail)));
        rest = tail;
        Some(line)
    })
}

/// The part of `text` before its first line break, and the part after it.
///
/// A CR at the very end is a whole break, though an LF that belongs to it may follow later.
pub(crate) fn first_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, tail) = text.split_at_checked(memchr2(b'\r', b'\n', text)?)?;
    let tail = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..))?;
    Some((line, tail))
}

/// Whether `text` is more than one line.
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
    fn each_break_counts_once() {
        check("", &[""]);
        check("a", &["a"]);
        check("a\nb\rc\r\nd", &["a", "b", "c", "d"]);
        check("\n\r", &["", "", ""]);
        check("\r\r\n\n", &["", "", "", ""]);
    }

    #[test]
    fn a_trailing_break_begins_an_empty_line() {
        check("a\n", &["a", ""]);
        check("a\r\n", &["a", ""]);
        check("a\r", &["a", ""]);
    }
}
