//! A body that can't be read, as a problem.

use http::StatusCode;

use crate::problem::Problem;

/// What the client is told where a body can't be read.
pub(super) fn refused(error: multer::Error) -> Problem {
    if let multer::Error::StreamReadFailed(error) = error {
        return Problem::from(error);
    }
    let problem = Problem::new(StatusCode::BAD_REQUEST).detail("the multipart body is malformed");
    problem.caused_by(error)
}
