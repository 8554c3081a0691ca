//! Fields that say where they come from: `tenant: from::Header<String>`.
//!
//! Each is what it holds, by `Deref`, by its public field and by `into_inner`. The field's serde
//! name is the name at the source.

mod source;
mod sourced;
#[cfg(feature = "garde")]
mod garde;

pub use source::Source;
pub use sourced::{Body, Claim, Cookie, Form, Header, Query};
