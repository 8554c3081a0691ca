//! Event ids and their validation. Independent of how an id is encoded.

use std::{error::Error, fmt, str::FromStr};

use smol_str::{SmolStr, ToSmolStr};

/// The id of an event: 1 to 128 bytes of visible ASCII.
///
/// A client stores the last id that it received, and sends it as `Last-Event-ID` when it
/// reconnects. An id of up to 23 bytes, such as any 64-bit integer, allocates nothing.
///
/// # Examples
///
/// ```
/// use hyperpoint::EventId;
///
/// assert_eq!(EventId::from(42_u64), EventId::parse("42")?);
/// assert!(EventId::parse("4\n2").is_err());
/// # Ok::<(), hyperpoint::sse::InvalidEventId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventId(SmolStr);

impl EventId {
    /// The maximum length of an id: 128 bytes.
    pub const MAX_BYTES: usize = 128;

    /// Parses an event id.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidEventId`] if `id` is empty, longer than [`MAX_BYTES`](Self::MAX_BYTES), or
    /// contains anything but visible ASCII (0x21 to 0x7e).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    ///
    /// assert_eq!(EventId::parse("a-1")?.as_str(), "a-1");
    /// # Ok::<(), hyperpoint::sse::InvalidEventId>(())
    /// ```
    pub fn parse(id: &str) -> Result<Self, InvalidEventId> {
        check_id(id.as_bytes()).map(|()| Self(SmolStr::new(id)))
    }

    /// Creates an event id from the `Display` output of a value. An id of up to 23 bytes allocates
    /// nothing.
    #[doc(hidden)]
    pub fn of_text<T: fmt::Display + ?Sized>(value: &T) -> Result<Self, InvalidEventId> {
        let id = value.to_smolstr();
        check_id(id.as_bytes()).map(|()| Self(id))
    }

    /// Creates an event id from a literal. In a `const`, an invalid literal does not compile.
    ///
    /// # Panics
    ///
    /// Panics if [`parse`](Self::parse) would return an error for `id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    ///
    /// const START: EventId = EventId::from_static("start");
    /// assert_eq!(START.as_str(), "start");
    /// ```
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "an invalid literal is a bug in the program, not in its data")]
    pub const fn from_static(id: &'static str) -> Self {
        match check_id(id.as_bytes()) {
            Ok(()) => Self(SmolStr::new_static(id)),
            Err(_) => panic!("an event id must have 1 to 128 bytes of visible ASCII"),
        }
    }

    /// Returns the id as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventId;
    ///
    /// assert_eq!(EventId::from(7_u32).as_str(), "7");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for EventId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::parse(id)
    }
}

impl TryFrom<&str> for EventId {
    type Error = InvalidEventId;

    fn try_from(id: &str) -> Result<Self, Self::Error> {
        Self::parse(id)
    }
}

impl TryFrom<String> for EventId {
    type Error = InvalidEventId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::parse(&id)
    }
}

macro_rules! from_integer {
    ($($integer:ty),+) => {$(
        impl From<$integer> for EventId {
            fn from(id: $integer) -> Self {
                Self(id.to_smolstr())
            }
        }
    )+};
}

from_integer!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// A value that converts to an [`EventId`] without an error: an integer, an [`EventId`], or any
/// other type that implements `Into<EventId>`.
///
/// # Examples
///
/// ```
/// use hyperpoint::EventId;
/// use hyperpoint::sse::IntoEventId;
///
/// assert_eq!(7_u32.into_event_id(), EventId::from_static("7"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not be a valid event id",
    label = "neither an `EventId` nor an integer",
    note = "write `EventId::parse(text)?` for text, and `EventId::from_static(\"…\")` for a literal; \
            an integer needs no conversion"
)]
pub trait IntoEventId {
    /// Converts the value to an event id.
    fn into_event_id(self) -> EventId;
}

#[diagnostic::do_not_recommend]
impl<T: Into<EventId>> IntoEventId for T {
    fn into_event_id(self) -> EventId {
        self.into()
    }
}

/// The error for a string that is not a valid [`EventId`].
///
/// # Examples
///
/// ```
/// use hyperpoint::EventId;
/// use hyperpoint::sse::InvalidEventId;
///
/// let error = EventId::parse("a b").unwrap_err();
/// assert_eq!(error, InvalidEventId::InvalidByte { byte: b' ', position: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEventId {
    /// The string is empty. An empty id would reset the client's last event id.
    Empty,
    /// The string is longer than [`EventId::MAX_BYTES`].
    TooLong {
        /// The length of the string, in bytes.
        bytes: usize,
    },
    /// The string contains a byte that is not visible ASCII.
    InvalidByte {
        /// The first invalid byte.
        byte: u8,
        /// The zero-based index of the invalid byte.
        position: usize,
    },
}

impl fmt::Display for InvalidEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid event id: ")?;
        match self {
            Self::Empty => f.write_str("the id is empty; omit the id for an event without one"),
            Self::TooLong { bytes } => {
                write!(f, "its {bytes} bytes exceed the limit of {}", EventId::MAX_BYTES)
            }
            Self::InvalidByte { byte, position } => {
                write!(f, "byte {byte:#04x} at position {position} is not visible ASCII")
            }
        }
    }
}

impl Error for InvalidEventId {}

const fn check_id(id: &[u8]) -> Result<(), InvalidEventId> {
    if id.is_empty() {
        return Err(InvalidEventId::Empty);
    }
    if id.len() > EventId::MAX_BYTES {
        return Err(InvalidEventId::TooLong { bytes: id.len() });
    }
    let mut rest = id;
    while let [byte, tail @ ..] = rest {
        if !byte.is_ascii_graphic() {
            let position = id.len() - rest.len();
            return Err(InvalidEventId::InvalidByte { byte: *byte, position });
        }
        rest = tail;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{EventId, InvalidEventId};

    #[track_caller]
    fn check(id: &str, expected: Result<(), InvalidEventId>) {
        assert_eq!(EventId::parse(id).map(|parsed| assert_eq!(parsed.as_str(), id)), expected);
    }

    #[track_caller]
    fn check_byte(id: &str, byte: u8, position: usize) {
        check(id, Err(InvalidEventId::InvalidByte { byte, position }));
    }

    #[test]
    fn visible_ascii_is_an_id() {
        check("1", Ok(()));
        check("!\"#~", Ok(()));
        check("data:x", Ok(()));
        check(&"9".repeat(128), Ok(()));
    }

    #[test]
    fn line_08_an_id_is_visible_ascii_of_1_to_128_bytes() {
        check("", Err(InvalidEventId::Empty));
        check(&"9".repeat(129), Err(InvalidEventId::TooLong { bytes: 129 }));
        check_byte("1\ndata: forged", b'\n', 1);
        check_byte("1\r", b'\r', 1);
        check_byte("\0", 0, 0);
        check_byte("a b", b' ', 1);
        check_byte("é", 0xc3, 0);
        check_byte("12\x7f", 0x7f, 2);
    }

    #[test]
    fn integers_are_ids() {
        assert_eq!(EventId::from(u64::MAX).as_str(), "18446744073709551615");
        assert_eq!(EventId::from(0_u8).as_str(), "0");
        assert!(!EventId::from(u64::MAX).0.is_heap_allocated());
    }

    #[test]
    fn errors_state_what_is_wrong() {
        let text = |id: &str| EventId::parse(id).unwrap_err().to_string();
        assert_eq!(
            text(""),
            "invalid event id: the id is empty; omit the id for an event without one"
        );
        assert_eq!(
            text(&"a".repeat(200)),
            "invalid event id: its 200 bytes exceed the limit of 128"
        );
        assert_eq!(text("ab\n"), "invalid event id: byte 0x0a at position 2 is not visible ASCII");
    }

    #[test]
    #[should_panic(expected = "an event id must have 1 to 128 bytes of visible ASCII")]
    fn an_invalid_literal_panics() {
        let _ = EventId::from_static("a b");
    }
}
