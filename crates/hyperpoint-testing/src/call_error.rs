//! Why a call did not give what a test asked for.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use hyperpoint_core::bind::InvalidOutgoing;

use crate::answer::Answer;
use crate::read_error::BoxError;
use crate::received_problem::ReceivedProblem;

/// Why a call did not give what was asked for, and what came instead.
///
/// Its text is for who reads the failed test, in `Debug` as well, since `unwrap` and `?` print that.
///
/// # Example
///
/// ```
/// use hyperpoint_testing::CallError;
///
/// fn is_missing(error: &CallError) -> bool {
///     error.problem().is_some_and(|problem| problem.status == 404)
/// }
/// ```
pub struct CallError {
    target: String,
    reason: Reason,
}

/// What went wrong.
pub(crate) enum Reason {
    /// The request can't be a call.
    NotMade(InvalidOutgoing),
    /// It was not sent, or not answered.
    NotAnswered(BoxError),
    /// No answer, or not all of it, came in this time.
    TimedOut(Duration),
    /// The answer refuses, by a problem document or without one.
    Refused(Box<Answer>, Option<Box<ReceivedProblem>>),
    /// The answer was to refuse, and does not.
    NotRefused(Box<Answer>),
    /// The answer is not of the type that was asked for.
    OfAnotherType(Box<Answer>, String),
}

impl CallError {
    pub(crate) fn new(target: impl Into<String>, reason: Reason) -> Self {
        Self { target: target.into(), reason }
    }

    /// The problem document by which the call was refused, if it was.
    #[must_use]
    pub fn problem(&self) -> Option<&ReceivedProblem> {
        match &self.reason {
            Reason::Refused(_, problem) => problem.as_deref(),
            _ => None,
        }
    }

    /// The status of the answer that came; none where none did.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(|answer| answer.status())
    }

    /// The answer that came, if one did.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match &self.reason {
            Reason::Refused(answer, _)
            | Reason::NotRefused(answer)
            | Reason::OfAnotherType(answer, _) => Some(answer),
            Reason::NotMade(_) | Reason::NotAnswered(_) | Reason::TimedOut(_) => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, reason } = self;
        match reason {
            Reason::NotMade(error) => write!(f, "{error}"),
            Reason::NotAnswered(error) => write!(f, "{target}: no answer ({error})"),
            Reason::TimedOut(time) => write!(f, "{target}: no whole answer within {time:?}"),
            Reason::Refused(answer, _) => write!(f, "{target}: refused by {answer}"),
            Reason::NotRefused(answer) => write!(f, "{target}: not refused, but {answer}"),
            Reason::OfAnotherType(answer, error) => write!(f, "{target}: {error} in {answer}"),
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
            Reason::NotAnswered(error) => Some(&**error),
            _ => None,
        }
    }
}
