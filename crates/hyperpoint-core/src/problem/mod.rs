//! Problem documents (RFC 9457), and the conversion of errors to them.
//!
//! This module separates public text, which is sent to the client, from private causes, which are
//! logged. It does not depend on endpoints, streams or sockets.

mod about;
mod excerpt;
mod members;
mod document;
mod public_problem;
mod error_format;
mod failures;
#[cfg(feature = "garde")]
mod garde;
mod map;
mod or_problem;

pub use about::About;
pub use document::Problem;
pub use error_format::{ErrorBody, ErrorFormat};
pub(crate) use excerpt::excerpt;
pub use failures::{Checked, Failures};
pub use map::ProblemMap;
pub use members::FieldError;
pub use or_problem::OrProblem;
pub use public_problem::PublicProblem;
