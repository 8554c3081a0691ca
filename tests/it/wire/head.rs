//! The head of an HTTP/1 answer.

use std::fmt;

/// The head of an HTTP/1 answer as it came, but for the time in its `date`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Head(String);

impl Head {
    /// Reads the bytes up to and with the blank line.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let lines = text.split_inclusive("\r\n");
        let masked = lines.map(|line| match line.get(..5) {
            Some(name) if name.eq_ignore_ascii_case("date:") => "date: -\r\n",
            _ => line,
        });
        Self(masked.collect())
    }

    /// All of it.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The status.
    pub(crate) fn status(&self) -> u16 {
        let code = self.0.split(' ').nth(1);
        code.unwrap().parse().unwrap()
    }

    /// The values of the header of this name, as they came.
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
