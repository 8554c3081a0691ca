//! The inverse of binding: turns the value of a request type into the request that binds to it.
//!
//! Links and typed clients are built on it. It uses the same information as binding: the names of
//! the route template, the serde newtypes of [`from`](super::from), and the method.

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
