//! The error of a call: the request was not sent, or the response is absent or not the expected
//! one.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use hyperpoint_core::bind::InvalidOutgoing;

use crate::answer::Answer;
use crate::read_error::BoxError;
use crate::received_problem::ReceivedProblem;

/// The error of a call: the request cannot be built, no complete response was received, or the
/// response is not the expected one.
///
/// The text names the request and contains the received response, if there is one. `Debug` prints
/// the same text, since `unwrap` and `?` in a test print `Debug`.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint_testing::TestApp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let app = TestApp::new(Host::empty().health(|checks| checks))?;
/// let error = app.get("/missing").await?.json::<String>().unwrap_err();
/// assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
/// assert_eq!(error.problem().map(|problem| problem.title.as_str()), Some("Not Found"));
/// assert!(error.answer().is_some_and(|answer| answer.is_refusal()));
/// assert!(error.to_string().starts_with("GET /missing: error response 404 Not Found"));
/// # Ok(())
/// # }
/// ```
pub struct CallError {
    target: String,
    reason: Reason,
}

/// The reason why a call failed.
pub(crate) enum Reason {
    /// The request of an endpoint cannot be built from the given value.
    InvalidRequest(InvalidOutgoing),
    /// The request was not sent, or the transport failed before a complete response was received.
    NoResponse(BoxError),
    /// No complete response was received within this time, which is ten seconds even if two days of
    /// tokio's paused time have passed instead.
    TimedOut(Duration),
    /// The response has a status of 4xx or 5xx. The second field is its problem document, or `None`
    /// if the body is not a problem document.
    ErrorResponse(Box<Answer>, Option<Box<ReceivedProblem>>),
    /// The response is not an error response, although one was expected.
    NoErrorResponse(Box<Answer>),
    /// The body of the response is not the expected one. The second field describes the expected
    /// body.
    UnexpectedBody(Box<Answer>, String),
}

impl CallError {
    pub(crate) fn new(target: impl Into<String>, reason: Reason) -> Self {
        Self { target: target.into(), reason }
    }

    /// Returns the problem document of the error response that was received in place of data.
    /// Returns `None` if the call failed for another reason, or if the body of the response is not
    /// a problem document.
    #[must_use]
    pub fn problem(&self) -> Option<&ReceivedProblem> {
        match &self.reason {
            Reason::ErrorResponse(_, problem) => problem.as_deref(),
            _ => None,
        }
    }

    /// Returns the status of the response, or `None` if no complete response was received.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(|answer| answer.status())
    }

    /// Returns the response, or `None` if no complete response was received.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match &self.reason {
            Reason::ErrorResponse(answer, _)
            | Reason::NoErrorResponse(answer)
            | Reason::UnexpectedBody(answer, _) => Some(answer),
            Reason::InvalidRequest(_) | Reason::NoResponse(_) | Reason::TimedOut(_) => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, reason } = self;
        match reason {
            Reason::InvalidRequest(error) => write!(f, "{error}"),
            Reason::NoResponse(error) => write!(f, "{target}: no response ({error})"),
            Reason::TimedOut(time) => write!(f, "{target}: no complete response within {time:?}"),
            Reason::ErrorResponse(answer, _) => write!(f, "{target}: error response {answer}"),
            Reason::NoErrorResponse(answer) => {
                write!(f, "{target}: expected an error response, got {answer}")
            }
            Reason::UnexpectedBody(answer, expected) => {
                write!(f, "{target}: expected {expected}, got {answer}")
            }
        }
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::NoResponse(error) => Some(&**error),
            _ => None,
        }
    }
}
