//! Field types that choose their source: `tenant: from::Header<String>`.
//!
//! Each type gives access to its value by `Deref`, by its public field and by `into_inner`. The
//! serde name of the field is the name at the source.

mod source;
mod sourced;
#[cfg(feature = "garde")]
mod garde;

pub use source::Source;
pub use sourced::{Body, Claim, Cookie, Form, Header, Query};
