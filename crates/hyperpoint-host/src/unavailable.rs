//! The response to a failed operation of a topic backplane.

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use hyperpoint_core::Problem;
use hyperpoint_topics::BackplaneError;

/// Returns a 503 problem for an unavailable backplane, such as one with a full disk (RFC 9110
/// §15.6.4). Returns `None` if the event is too large, because the backplane will never accept it.
pub(crate) fn unavailable(error: &BackplaneError) -> Option<Problem> {
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE);
    let problem = problem.header(RETRY_AFTER, HeaderValue::from_static("1"));
    (!error.is_too_large()).then_some(problem)
}
