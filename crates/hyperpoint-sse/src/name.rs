//! Owns the name of an event and what is allowed in one. It must not know how a name is written.

use std::{error::Error, fmt, str::FromStr};

use smol_str::SmolStr;

/// The name of an event, which a browser listens to with `addEventListener(name, …)`.
///
/// It is 1 to 128 bytes of any text without CR, LF and NUL. `error` and `open` are refused, since
/// `EventSource` dispatches events of these names itself; `ready`, `gap`, `reconnect`, `problem` and
/// `done` are refused, since the framework does.
///
/// # Example
///
/// ```
/// use hyperpoint_sse::EventName;
///
/// const PRICE: EventName = EventName::from_static("price");
///
/// assert_eq!(EventName::parse("price")?, PRICE);
/// assert!(EventName::parse("error").is_err());
/// # Ok::<(), hyperpoint_sse::InvalidEventName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName(SmolStr);

impl EventName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// Takes `name` as the name of an event.
    ///
    /// # Errors
    ///
    /// [`InvalidEventName`] if it is empty, longer than [`MAX_BYTES`](Self::MAX_BYTES), holds CR,
    /// LF or NUL, or belongs to `EventSource` or to the framework.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::EventName;
    ///
    /// assert_eq!(EventName::parse("user-joined")?.as_str(), "user-joined");
    /// # Ok::<(), hyperpoint_sse::InvalidEventName>(())
    /// ```
    pub fn parse(name: &str) -> Result<Self, InvalidEventName> {
        check_name(name.as_bytes()).map(|()| Self(SmolStr::new(name)))
    }

    /// Takes a literal as the name of an event; in a `const`, a bad one does not compile.
    ///
    /// # Panics
    ///
    /// If [`parse`](Self::parse) would refuse it.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::EventName;
    ///
    /// const TICK: EventName = EventName::from_static("tick");
    /// assert_eq!(TICK.as_str(), "tick");
    /// ```
    ///
    /// ```compile_fail
    /// use hyperpoint_sse::EventName;
    ///
    /// const ERROR: EventName = EventName::from_static("error");
    /// ```
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a bad literal is a mistake in the program, not in its data")]
    pub const fn from_static(name: &'static str) -> Self {
        match check_name(name.as_bytes()) {
            Ok(()) => Self(SmolStr::new_static(name)),
            Err(InvalidEventName::Empty | InvalidEventName::TooLong { .. }) => {
                panic!("an event name is 1 to 128 bytes")
            }
            Err(InvalidEventName::InvalidByte { .. }) => {
                panic!("an event name holds no CR, LF or NUL")
            }
            Err(InvalidEventName::EventSource { .. }) => {
                panic!("`error` and `open` are dispatched by EventSource itself")
            }
            Err(InvalidEventName::Framework { .. }) => {
                panic!("`ready`, `gap`, `reconnect`, `problem` and `done` are the framework's")
            }
        }
    }

    /// Takes a name of the framework, which users are refused.
    pub(crate) const fn of_framework(name: &'static str) -> Self {
        Self(SmolStr::new_static(name))
    }

    /// The name as text.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::EventName;
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

/// Why a text is no [`EventName`].
///
/// # Example
///
/// ```
/// use hyperpoint_sse::{EventName, InvalidEventName};
///
/// let error = EventName::parse("open").unwrap_err();
/// assert_eq!(error, InvalidEventName::EventSource { name: "open" });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventName {
    /// It has no bytes.
    Empty,
    /// It has more than [`EventName::MAX_BYTES`].
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// It holds CR, LF or NUL.
    InvalidByte {
        /// The first such byte.
        byte: u8,
        /// Where it stands, counted from 0.
        position: usize,
    },
    /// A browser's `EventSource` dispatches events of this name itself.
    EventSource {
        /// The name.
        name: &'static str,
    },
    /// The framework dispatches events of this name itself.
    Framework {
        /// The name.
        name: &'static str,
    },
}

impl fmt::Display for InvalidEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parse event name: ")?;
        match self {
            Self::Empty => f.write_str("it is empty; leave it away for a `message` event"),
            Self::TooLong { bytes } => {
                write!(f, "{bytes} bytes are over the limit of {}", EventName::MAX_BYTES)
            }
            Self::InvalidByte { byte, position } => {
                write!(
                    f,
                    "byte {byte:#04x} at position {position}; write it without CR, LF and NUL"
                )
            }
            Self::EventSource { name } => {
                write!(f, "`{name}` is EventSource's own; write another, such as `app-{name}`")
            }
            Self::Framework { name } => {
                write!(f, "`{name}` is the framework's own; write another, such as `app-{name}`")
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
    check_owner(name)
}

const fn check_owner(name: &[u8]) -> Result<(), InvalidEventName> {
    match name {
        b"error" => Err(InvalidEventName::EventSource { name: "error" }),
        b"open" => Err(InvalidEventName::EventSource { name: "open" }),
        b"ready" => Err(InvalidEventName::Framework { name: "ready" }),
        b"gap" => Err(InvalidEventName::Framework { name: "gap" }),
        b"reconnect" => Err(InvalidEventName::Framework { name: "reconnect" }),
        b"problem" => Err(InvalidEventName::Framework { name: "problem" }),
        b"done" => Err(InvalidEventName::Framework { name: "done" }),
        _ => Ok(()),
    }
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
    fn any_text_is_a_name() {
        check("message", Ok(()));
        check(" a: b", Ok(()));
        check("Preis 😀", Ok(()));
        check("Error", Ok(()));
        check("\u{feff}", Ok(()));
        check(&"é".repeat(64), Ok(()));
    }

    #[test]
    fn line_08_a_name_holds_no_cr_lf_and_nul_and_1_to_128_bytes() {
        check("", Err(InvalidEventName::Empty));
        check(&"é".repeat(65), Err(InvalidEventName::TooLong { bytes: 130 }));
        check_byte("a\ndata: forged", b'\n', 1);
        check_byte("a\r", b'\r', 1);
        check_byte("\0", 0, 0);
    }

    #[test]
    fn line_09_names_of_event_source_and_of_the_framework_are_refused() {
        for name in ["error", "open"] {
            check(name, Err(InvalidEventName::EventSource { name }));
        }
        for name in ["ready", "gap", "reconnect", "problem", "done"] {
            check(name, Err(InvalidEventName::Framework { name }));
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        let text = |name: &str| EventName::parse(name).unwrap_err().to_string();
        assert_eq!(
            text("error"),
            "parse event name: `error` is EventSource's own; write another, such as `app-error`"
        );
        assert_eq!(
            text("a\n"),
            "parse event name: byte 0x0a at position 1; write it without CR, LF and NUL"
        );
    }

    #[test]
    #[should_panic(expected = "are the framework's")]
    fn a_bad_literal_panics() {
        let _ = EventName::from_static("gap");
    }
}
