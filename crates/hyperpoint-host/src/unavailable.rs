//! The response to a failed operation of a topic backplane.

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use hyperpoint_core::Problem;
use hyperpoint_topics::BackplaneError;

/// Returns the response 503 for a backplane that is unavailable, such as one with a full disk (RFC
/// 9110 §15.6.4). Returns `None` for an event that is too large, which the backplane will never
/// accept.
pub(crate) fn unavailable(error: &BackplaneError) -> Option<Problem> {
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE);
    let problem = problem.header(RETRY_AFTER, HeaderValue::from_static("1"));
    (!error.is_too_large()).then_some(problem)
}
