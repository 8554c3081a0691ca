//! Why a reader could not give what a test asked for.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why a reader could not give what was asked for, and what came before.
///
/// Its text is for who reads the failed test, in `Debug` as well, since `unwrap` and `?` print that.
pub struct ReadError {
    target: String,
    reason: Reason,
    came: String,
}

/// What went wrong.
pub(crate) enum Reason {
    /// Nothing came in this time.
    TimedOut(Duration),
    /// The stream ended by itself.
    Ended,
    /// The body broke off.
    Cut(BoxError),
    /// The answer is another one than an event stream.
    NoStream(StatusCode, String),
    /// The stream did not end, but went on so.
    WentOn(String),
    /// An event came that is not of the type which was asked for, for this reason.
    OfAnotherType(String, String),
    /// The request was not sent, or not answered.
    NotOpened(BoxError),
}

impl ReadError {
    pub(crate) fn new(target: impl Into<String>, reason: Reason, came: impl Into<String>) -> Self {
        Self { target: target.into(), reason, came: came.into() }
    }

    /// Whether nothing came in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.reason, Reason::TimedOut(_))
    }

    /// Whether the stream ended as it should: by its last chunk or `END_STREAM`, and not by a cut.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self.reason, Reason::Ended)
    }

    /// Whether the body broke off before its end.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(self.reason, Reason::Cut(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(time) => write!(f, "nothing came within {time:?}"),
            Self::Ended => f.write_str("the stream ended"),
            Self::Cut(error) => write!(f, "the stream was cut ({error})"),
            Self::NoStream(status, body) => write!(f, "no event stream, but {status}: {body}"),
            Self::WentOn(what) => write!(f, "the stream did not end, it went on with {what}"),
            Self::OfAnotherType(what, error) => write!(f, "another event came, {what} ({error})"),
            Self::NotOpened(error) => write!(f, "no answer ({error})"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, reason, came } = self;
        write!(f, "read {target}: {reason}")?;
        if came.is_empty() { Ok(()) } else { write!(f, "; before: {came}") }
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::Cut(error) | Reason::NotOpened(error) => Some(&**error),
            _ => None,
        }
    }
}
