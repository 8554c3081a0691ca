//! Field types that choose their source: `tenant: from::Header<String>`.
//!
//! Each type gives access to its value by `Deref`, by its public field and by `into_inner`. The
//! serde name of the field is the name at the source.

mod source;
mod sourced;
#[cfg(feature = "garde")]
mod garde;

#[cfg(feature = "multipart")]
pub use super::file::File;
pub use source::Source;

pub(in crate::bind) use source::FILE_KEYWORD;
#[cfg(feature = "multipart")]
pub(in crate::bind) use source::FILE_NEWTYPE;
pub use sourced::{Body, Claim, Cookie, Form, Header, Query};
