//! Request bodies with limits on size, time and transfer rate, read on demand.

mod paced_body;
mod body_stream;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod request_body;

pub use body_stream::BodyStream;
#[cfg(feature = "multipart")]
pub(crate) use body_stream::Loan;
pub use paced_body::BodyPace;
pub use request_body::{BodyLimits, RequestBody};
