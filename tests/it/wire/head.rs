//! The head of an HTTP/1 response.

use std::fmt;

/// The head of an HTTP/1 response as received, except for the time in its `date`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Head(String);

impl Head {
    /// Parses the bytes up to and including the blank line.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let lines = text.split_inclusive("\r\n");
        let masked = lines.map(|line| match line.get(..5) {
            Some(name) if name.eq_ignore_ascii_case("date:") => "date: -\r\n",
            _ => line,
        });
        Self(masked.collect())
    }

    /// Returns the whole head.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> u16 {
        let code = self.0.split(' ').nth(1);
        code.unwrap().parse().unwrap()
    }

    /// Returns the values of the header with this name, as received.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let fields = self.0.lines().filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect()
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
