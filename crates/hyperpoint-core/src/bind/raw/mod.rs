//! Unparsed bodies: as bytes, as text, or as a stream.

mod from_body;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod raw;

pub use from_body::FromBody;
pub use raw::Raw;
