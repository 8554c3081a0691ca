//! Event names and their validation. Independent of how a name is encoded.

use std::{error::Error, fmt, str::FromStr};

use smol_str::SmolStr;

/// The name of an event. In a browser, `addEventListener(name, …)` listens for events of this name.
///
/// A name is any string of 1 to 128 bytes without CR, LF or NUL. On a stream for `EventSource`,
/// some names are [reserved](Self::check_unreserved).
///
/// # Examples
///
/// ```
/// use hyperpoint::EventName;
///
/// const PRICE: EventName = EventName::from_static("price");
///
/// assert_eq!(EventName::parse("price")?, PRICE);
/// assert!(EventName::parse("two\nlines").is_err());
/// # Ok::<(), hyperpoint::sse::InvalidEventName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName(SmolStr);

impl EventName {
    /// The maximum length of a name: 128 bytes.
    pub const MAX_BYTES: usize = 128;

    /// Parses the name of an event.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidEventName`] if `name` is empty, longer than
    /// [`MAX_BYTES`](Self::MAX_BYTES), or contains CR, LF or NUL.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventName;
    ///
    /// assert_eq!(EventName::parse("user-joined")?.as_str(), "user-joined");
    /// # Ok::<(), hyperpoint::sse::InvalidEventName>(())
    /// ```
    pub fn parse(name: &str) -> Result<Self, InvalidEventName> {
        check_name(name.as_bytes()).map(|()| Self(SmolStr::new(name)))
    }

    /// Creates the name of an event from a literal. In a `const`, an invalid literal does not
    /// compile.
    ///
    /// # Panics
    ///
    /// Panics if [`parse`](Self::parse) would return an error for `name`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventName;
    ///
    /// const TICK: EventName = EventName::from_static("tick");
    /// assert_eq!(TICK.as_str(), "tick");
    /// ```
    ///
    /// ```compile_fail
    /// use hyperpoint::EventName;
    ///
    /// const TWO_LINES: EventName = EventName::from_static("two\nlines");
    /// ```
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "an invalid literal is a bug in the program, not in its data")]
    pub const fn from_static(name: &'static str) -> Self {
        match check_name(name.as_bytes()) {
            Ok(()) => Self(SmolStr::new_static(name)),
            Err(InvalidEventName::Empty | InvalidEventName::TooLong { .. }) => {
                panic!("an event name must have 1 to 128 bytes")
            }
            Err(InvalidEventName::InvalidByte { .. }) => {
                panic!("an event name must not contain CR, LF or NUL")
            }
        }
    }

    /// Returns the name as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventName;
    ///
    /// assert_eq!(EventName::from_static("tick").as_str(), "tick");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for EventName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventName {
    type Err = InvalidEventName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

impl TryFrom<&str> for EventName {
    type Error = InvalidEventName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::parse(name)
    }
}

impl TryFrom<String> for EventName {
    type Error = InvalidEventName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

/// The error for a string that is not a valid [`EventName`].
///
/// # Examples
///
/// ```
/// use hyperpoint::EventName;
/// use hyperpoint::sse::InvalidEventName;
///
/// let error = EventName::parse("a\n").unwrap_err();
/// assert_eq!(error, InvalidEventName::InvalidByte { byte: b'\n', position: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventName {
    /// The string is empty.
    Empty,
    /// The string is longer than [`EventName::MAX_BYTES`].
    TooLong {
        /// The length of the string, in bytes.
        bytes: usize,
    },
    /// The string contains CR, LF or NUL.
    InvalidByte {
        /// The first invalid byte.
        byte: u8,
        /// The zero-based index of the invalid byte.
        position: usize,
    },
}

impl fmt::Display for InvalidEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid event name: ")?;
        match self {
            Self::Empty => f.write_str("the name is empty; omit the name for a `message` event"),
            Self::TooLong { bytes } => {
                write!(f, "its {bytes} bytes exceed the limit of {}", EventName::MAX_BYTES)
            }
            Self::InvalidByte { byte, position } => {
                write!(
                    f,
                    "byte {byte:#04x} at position {position} is not allowed; remove CR, LF and NUL"
                )
            }
        }
    }
}

impl Error for InvalidEventName {}

const fn check_name(name: &[u8]) -> Result<(), InvalidEventName> {
    if name.is_empty() {
        return Err(InvalidEventName::Empty);
    }
    if name.len() > EventName::MAX_BYTES {
        return Err(InvalidEventName::TooLong { bytes: name.len() });
    }
    let mut rest = name;
    while let [byte, tail @ ..] = rest {
        if matches!(byte, b'\r' | b'\n' | 0) {
            let position = name.len() - rest.len();
            return Err(InvalidEventName::InvalidByte { byte: *byte, position });
        }
        rest = tail;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{EventName, InvalidEventName};

    #[track_caller]
    fn check(name: &str, expected: Result<(), InvalidEventName>) {
        let parsed = EventName::parse(name);
        assert_eq!(parsed.map(|parsed| assert_eq!(parsed.as_str(), name)), expected);
    }

    #[track_caller]
    fn check_byte(name: &str, byte: u8, position: usize) {
        check(name, Err(InvalidEventName::InvalidByte { byte, position }));
    }

    #[test]
    fn any_text_without_line_breaks_is_a_name() {
        check("message", Ok(()));
        check(" a: b", Ok(()));
        check("Preis 😀", Ok(()));
        check("Error", Ok(()));
        check("error", Ok(()));
        check("done", Ok(()));
        check("\u{feff}", Ok(()));
        check(&"é".repeat(64), Ok(()));
    }

    #[test]
    fn line_08_a_name_has_1_to_128_bytes_without_cr_lf_and_nul() {
        check("", Err(InvalidEventName::Empty));
        check(&"é".repeat(65), Err(InvalidEventName::TooLong { bytes: 130 }));
        check_byte("a\ndata: forged", b'\n', 1);
        check_byte("a\r", b'\r', 1);
        check_byte("\0", 0, 0);
    }

    #[test]
    fn errors_state_what_is_wrong_and_what_to_do() {
        let text = |name: &str| EventName::parse(name).unwrap_err().to_string();
        assert_eq!(
            text("a\n"),
            "invalid event name: byte 0x0a at position 1 is not allowed; remove CR, LF and NUL"
        );
    }

    #[test]
    #[should_panic(expected = "an event name must not contain CR, LF or NUL")]
    fn an_invalid_literal_panics() {
        let _ = EventName::from_static("a\rb");
    }
}
