//! The inverse of binding: converts a value of a request type to a request that binds to the same
//! value.
//!
//! Links and typed clients use this module. It uses the same information as binding: the parameter
//! names of the route template, the serde newtypes of [`from`](super::from), and the method.

mod refuse;
mod source_of;
mod fields;
mod texts;
mod pairs;
#[cfg(feature = "multipart")]
mod parts;
mod path;
mod invalid_outgoing;
mod draft;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod outgoing;
#[cfg(feature = "contract")]
mod planned;

use refuse::{Refused, refuse};

pub use invalid_outgoing::InvalidOutgoing;
pub use outgoing::Outgoing;
