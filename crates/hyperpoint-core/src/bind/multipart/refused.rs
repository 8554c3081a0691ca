//! Conversion of multipart parse errors to problem documents.

use http::StatusCode;

use crate::problem::Problem;

/// Returns the problem document for a parser error: a 400 if the body is malformed, or the problem
/// of the body stream if reading it failed.
pub(super) fn refused(error: multer::Error) -> Problem {
    if let multer::Error::StreamReadFailed(error) = error {
        return Problem::from(error);
    }
    let problem = Problem::new(StatusCode::BAD_REQUEST).detail("the multipart body is malformed");
    problem.caused_by(error)
}
