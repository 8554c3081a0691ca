//! The error of a reader: the event stream was not opened, or was not as expected.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The error of a reader: the event stream was not opened, or was not as expected.
///
/// The text names the target of the request and the fault, states how many events and comments were
/// read before the error, and shows the newest three. `Debug` prints the same text, since `unwrap`
/// and `?` in a test print `Debug`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::Client;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let client = Client::new(Host::empty().health(|checks| checks).build()?);
/// let mut events = client.events("/missing").await?;
/// let error = events.next().await.unwrap_err();
/// assert!(!error.is_timeout() && !error.is_end() && !error.is_cut());
/// let text = error.to_string();
/// assert!(text.starts_with("read /missing: expected an event stream, got 404 Not Found"), "{text}");
/// # Ok(())
/// # }
/// ```
pub struct ReadError {
    target: String,
    reason: Reason,
    /// A summary of the events and comments read before the error, or an empty string if the stream
    /// was not opened.
    received: String,
}

/// The reason why a read failed.
pub(crate) enum Reason {
    /// The expected item or response was not received within this time. For the default timeout,
    /// the time is ten seconds, even if two days of tokio's paused time have passed instead.
    TimedOut(Duration),
    /// The stream ended regularly, or the reader was disconnected by a failed reconnection.
    Ended,
    /// The body was cut off with this error of the transport or the decoder.
    Cut(BoxError),
    /// The response is not an event stream. The fields are its status and the start of its body.
    NotAStream(StatusCode, String),
    /// This event was received, although the stream was expected to end.
    NotEnded(String),
    /// An event does not have the expected type. The fields are a summary of the event and the text
    /// of the decoding error.
    UnexpectedEvent(String, String),
    /// The request was not sent, or no response was received.
    NotOpened(BoxError),
}

impl ReadError {
    pub(crate) fn new(
        target: impl Into<String>,
        reason: Reason,
        received: impl Into<String>,
    ) -> Self {
        Self { target: target.into(), reason, received: received.into() }
    }

    /// Returns whether the wait timed out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.reason, Reason::TimedOut(_))
    }

    /// Returns whether the stream ended regularly: with the last chunk on HTTP/1.1, `END_STREAM` on
    /// HTTP/2, or the end of the body in memory. Also returns `true` if an earlier call of
    /// [`EventReader::reconnect`](crate::EventReader::reconnect) has failed.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self.reason, Reason::Ended)
    }

    /// Returns whether the body was cut off before its end, or contained an event over the size
    /// limit of the decoder.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(self.reason, Reason::Cut(_))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(time) => write!(f, "timed out after {time:?}"),
            Self::Ended => f.write_str("the stream ended"),
            Self::Cut(error) => write!(f, "the stream was cut off ({error})"),
            Self::NotAStream(status, body) => {
                write!(f, "expected an event stream, got {status}: {body}")
            }
            Self::NotEnded(event) => write!(f, "expected the end of the stream, got {event}"),
            Self::UnexpectedEvent(event, error) => write!(f, "unexpected event {event} ({error})"),
            Self::NotOpened(error) => write!(f, "no response ({error})"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, reason, received } = self;
        write!(f, "read {target}: {reason}")?;
        if received.is_empty() { Ok(()) } else { write!(f, "; received before: {received}") }
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
