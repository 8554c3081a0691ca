//! Reads the outline of JSON: members and values as they were written, without a tree of values.

use std::borrow::Cow;

/// Maximum depth of arrays and objects, as that of `serde_json`.
const MAX_DEPTH: usize = 127;

/// A position in a JSON text. Each method returns `None` if the text is not JSON, or nested too deeply.
#[derive(Clone, Debug)]
pub(crate) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Returns the JSON value that is the whole text, without the whitespace around it.
pub(crate) fn whole(text: &str) -> Option<&str> {
    let mut reader = JsonReader::new(text);
    let value = reader.value()?;
    reader.end().map(|()| value)
}

/// Returns the text of a JSON string, or `None` if the value is no string or no valid text.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    match inner.as_bytes().contains(&b'\\') {
        true => serde_json::from_str(json).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(inner)),
    }
}

/// Returns the number of bytes before the first byte that is a quote, a backslash or a control character.
#[inline]
fn plain_len(bytes: &[u8]) -> Option<usize> {
    // Eight bytes at a time. The lowest high bit of `found` is that of the first such byte.
    const ONES: u64 = u64::MAX / 255;
    let (words, rest) = bytes.as_chunks();
    let mut len = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let is_less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word;
        let quote = is_less(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = is_less(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (quote | backslash | is_less(word, u64::from(b' '))) & (ONES << 7);
        if found != 0 {
            return Some(len + found.trailing_zeros() as usize / 8);
        }
        len += 8;
    }
    let is_special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < b' ';
    rest.iter().position(is_special).map(|index| len + index)
}

/// Sets a member that may be there once. Returns `None` if it is repeated.
pub(crate) fn once<T>(member: &mut Option<T>, value: T) -> Option<()> {
    match member.replace(value) {
        Some(_) => None,
        None => Some(()),
    }
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Reads the end of the text.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// Returns whether an object is next.
    pub(crate) fn is_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Reads an object, and returns it as it was written. `read` gets the name of each member, and reads its value.
    pub(crate) fn members(
        &mut self,
        mut read: impl FnMut(&mut Self, Cow<'a, str>) -> Option<()>,
    ) -> Option<&'a str> {
        let start = self.start();
        self.enter(b'{')?;
        if self.take(b'}') {
            self.depth -= 1;
            return self.since(start);
        }
        loop {
            let name_start = self.start();
            let name = match self.string()? {
                false => Cow::Borrowed(self.text.get(name_start + 1..self.at - 1)?),
                true => Cow::Owned(serde_json::from_str(self.since(name_start)?).ok()?),
            };
            self.expect(b':')?;
            read(self, name)?;
            if !self.take(b',') {
                self.expect(b'}')?;
                self.depth -= 1;
                return self.since(start);
            }
        }
    }

    /// Reads a value, and returns it as it was written.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        let start = self.start();
        self.skip()?;
        self.since(start)
    }

    fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.object(),
            b'[' => self.array(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Option<()> {
        self.enter(b'{')?;
        if self.take(b'}') {
            self.depth -= 1;
            return Some(());
        }
        loop {
            self.start();
            self.string()?;
            self.expect(b':')?;
            self.skip()?;
            if !self.take(b',') {
                self.expect(b'}')?;
                self.depth -= 1;
                return Some(());
            }
        }
    }

    fn array(&mut self) -> Option<()> {
        self.enter(b'[')?;
        if self.take(b']') {
            self.depth -= 1;
            return Some(());
        }
        loop {
            self.skip()?;
            if !self.take(b',') {
                self.expect(b']')?;
                self.depth -= 1;
                return Some(());
            }
        }
    }

    /// Reads a string (RFC 8259 §7). Returns whether it has escapes. Whether two of them are a pair of surrogates is not
    /// checked.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        if self.next()? != b'"' {
            return None;
        }
        let mut has_escapes = false;
        loop {
            self.at += plain_len(self.text.as_bytes().get(self.at..)?)?;
            match self.next()? {
                b'"' => return Some(has_escapes),
                b'\\' => self.escape()?,
                _ => return None,
            }
            has_escapes = true;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => (0..4).try_for_each(|_| self.next()?.is_ascii_hexdigit().then_some(())),
            _ => None,
        }
    }

    /// Reads a number (RFC 8259 §6).
    fn number(&mut self) -> Option<()> {
        self.skip_if(b"-");
        if !self.skip_if(b"0") {
            self.digits()?;
        }
        if self.skip_if(b".") {
            self.digits()?;
        }
        if self.skip_if(b"eE") {
            self.skip_if(b"+-");
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.skip_if(b"0123456789") {}
        (self.at > start).then_some(())
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(())
    }

    fn enter(&mut self, open: u8) -> Option<()> {
        self.expect(open)?;
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// Skips whitespace and returns the position after it.
    fn start(&mut self) -> usize {
        self.peek();
        self.at
    }

    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// Skips whitespace and returns the byte after it.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Skips whitespace, and then this byte if it is next. Returns whether it is.
    #[inline]
    fn take(&mut self, expected: u8) -> bool {
        let is_next = self.peek() == Some(expected);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline]
    fn expect(&mut self, expected: u8) -> Option<()> {
        self.take(expected).then_some(())
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        byte
    }

    /// Skips the next byte if it is one of these. Returns whether it is.
    #[inline]
    fn skip_if(&mut self, bytes: &[u8]) -> bool {
        let is_one = self.text.as_bytes().get(self.at).is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(is_one);
        is_one
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;

    /// Texts from which the test below makes others, by leaving out and by changing bytes.
    const TEXTS: [&str; 8] = [
        r#" { "a" : [ 1 , -0.5e+10, 0, 1E3, 10 ] , "b" : { } , "c" : [ ] } "#,
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo"}}"#,
        r#"["\"\\\/\b\f\n\r\t\u00e9\uD834\udd1e", true, false, null, "é"]"#,
        r#"[[[{"a":{"b":[0]}}]],-1,"",{"":""}]"#,
        "\t\r\n\"text\"\n",
        "-12.50e-3",
        "truefalse",
        "[1,]",
    ];

    /// Returns the text, its beginnings, and what results if one character is left out or is another one.
    fn variants(text: &str) -> Vec<String> {
        let others = "\"\\{}[],:0.-e \n\u{1f}";
        let mut all = vec![text.to_owned()];
        for (at, found) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + found.len_utf8()..]);
            all.extend([before.to_owned(), format!("{before}{after}")]);
            all.extend(others.chars().map(|other| format!("{before}{other}{after}")));
        }
        all
    }

    #[test]
    fn a_text_is_json_if_serde_says_so() {
        for text in TEXTS.iter().flat_map(|text| variants(text)) {
            let expected = serde_json::from_str::<&RawValue>(&text).ok().map(RawValue::get);
            assert_eq!(whole(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_depth_is_that_of_serde() {
        for depth in [126, 127, 128, 100_000] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            let expected = serde_json::from_str::<Value>(&deep).is_ok();
            assert_eq!(whole(&deep).is_some(), expected, "{depth}");
        }
    }

    #[test]
    fn a_text_is_read_with_its_escapes_and_other_values_are_no_text() {
        assert_eq!(text(r#""echo""#).as_deref(), Some("echo"));
        assert_eq!(text(r#""a\u0062\n""#).as_deref(), Some("ab\n"));
        assert_eq!(text(r#""\ud800""#), None);
        assert_eq!(text("7"), None);
        assert_eq!(text("null"), None);
    }

    #[test]
    fn members_have_their_names_and_values_as_written() {
        let mut found = Vec::new();
        let mut reader = JsonReader::new(r#" { "a\u0062" : [ 1.0 ] , "c":"d" } "#);
        let read = reader.members(|reader, name| {
            found.push((name, reader.value()?));
            Some(())
        });
        assert_eq!(read, Some(r#"{ "a\u0062" : [ 1.0 ] , "c":"d" }"#));
        assert_eq!(reader.end(), Some(()));
        assert_eq!(found, [("ab".into(), "[ 1.0 ]"), ("c".into(), r#""d""#)]);
    }
}
