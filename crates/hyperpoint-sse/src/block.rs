//! Parsing of the lines of one event into its fields. Independent of how lines are received and of
//! earlier events.

use std::{borrow::Cow, time::Duration};

use memchr::memchr;

/// The fields that were read since the last empty line: those of the current event.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) name: String,
    pub(crate) data: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<Duration>,
}

impl Block {
    /// Reads a line that is neither empty nor a comment. Ignores unknown fields, an `id` that
    /// contains NUL, and a `retry` that is not made of ASCII digits only.
    pub(crate) fn read(&mut self, line: &[u8]) {
        let (field, value) = split_field(line);
        match field {
            b"event" => self.name = text(value).into_owned(),
            b"data" => self.add_data(&text(value)),
            b"id" if memchr(0, value).is_none() => self.id = Some(text(value).into_owned()),
            b"retry" => self.retry = reconnection_time(value).or(self.retry),
            _ => {}
        }
    }

    /// Returns the size of the stored name, data and id, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.name.len() + optional(&self.data) + optional(&self.id)
    }

    /// Returns whether the end of this block dispatches an event or changes the client's state.
    pub(crate) fn has_effect(&self) -> bool {
        self.data.is_some() || self.id.is_some() || self.retry.is_some()
    }

    fn add_data(&mut self, line: &str) {
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(line);
            }
            None => self.data = Some(line.to_owned()),
        }
    }
}

/// Decodes the bytes after the colon of a field or comment as UTF-8. Removes one leading space, and
/// replaces each invalid sequence with U+FFFD.
pub(crate) fn text(value: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(without_space(value))
}

/// Returns the size of the text after each invalid sequence of UTF-8 was replaced with U+FFFD.
pub(crate) fn replaced_bytes(text: &[u8]) -> usize {
    let replacement = |invalid: &[u8]| match invalid {
        [] => 0,
        _ => char::REPLACEMENT_CHARACTER.len_utf8(),
    };
    text.utf8_chunks().map(|chunk| chunk.valid().len() + replacement(chunk.invalid())).sum()
}

fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (field, value) = line.split_at_checked(colon).unwrap_or_default();
    (field, value.strip_prefix(b":").unwrap_or_default())
}

fn without_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

fn reconnection_time(value: &[u8]) -> Option<Duration> {
    let digits = without_space(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let retry_ms = str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX);
    Some(Duration::from_millis(retry_ms))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Block;

    #[track_caller]
    fn check(lines: &[&[u8]], expected: (&str, Option<&str>, Option<&str>, Option<u64>)) {
        let mut block = Block::default();
        for line in lines {
            block.read(line);
        }
        let retry = expected.3.map(Duration::from_millis);
        assert_eq!(block.name, expected.0);
        assert_eq!(block.data.as_deref(), expected.1);
        assert_eq!(block.id.as_deref(), expected.2);
        assert_eq!(block.retry, retry);
    }

    #[test]
    fn a_field_may_lack_its_colon_or_its_space() {
        check(&[b"data"], ("", Some(""), None, None));
        check(&[b"data:a", b"data:  b", b"data: c:d"], ("", Some("a\n b\nc:d"), None, None));
        check(&[b"event:a", b"event: b"], ("b", None, None, None));
        check(&[b"id", b"event"], ("", None, Some(""), None));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        check(&[b"Data: a", b" data: a", b"data : a", b"datax: a"], ("", None, None, None));
    }

    #[test]
    fn an_id_with_nul_is_ignored() {
        check(&[b"id: 1", b"id: 2\0"], ("", None, Some("1"), None));
        check(&[b"event: a\0", b"data: \0"], ("a\0", Some("\0"), None, None));
    }

    #[test]
    fn retry_accepts_nothing_but_digits() {
        check(&[b"retry: 10"], ("", None, None, Some(10)));
        check(&[b"retry:0010"], ("", None, None, Some(10)));
        check(&[b"retry: 10", b"retry: +1", b"retry:", b"retry: 1.5"], ("", None, None, Some(10)));
        check(&[b"retry: -1", b"retry:  1", b"retry: 1 "], ("", None, None, None));
        check(&[&[b"retry:".as_slice(), &[b'9'; 99]].concat()], ("", None, None, Some(u64::MAX)));
    }

    #[test]
    fn invalid_utf_8_is_replaced() {
        check(&[b"data: a\xffb\xf0\x9f"], ("", Some("a\u{fffd}b\u{fffd}"), None, None));
    }
}
