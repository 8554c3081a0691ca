//! Refusals: the problem document of RFC 9457, and the ways in which an error becomes one.
//!
//! Owns what a client may read of a failure and what only the log may. Knows nothing of endpoints,
//! streams or sockets.

mod about;
mod excerpt;
mod document;
mod failures;
#[cfg(feature = "garde")]
mod garde;
mod map;
mod or_problem;

pub use about::About;
pub use document::Problem;
pub(crate) use excerpt::excerpt;
pub use failures::{Checked, Failures};
pub use map::ProblemMap;
pub use or_problem::OrProblem;
