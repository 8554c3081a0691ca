//! Field types that select the source of a request field, such as `tenant: from::Header<String>`.
//!
//! Each generic type gives access to its value through `Deref`, its public field and `into_inner`.
//! The serde name of the field is the name of the query key, header, cookie or claim.

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
