//! `File`: a file in a form, as a field of a request type.

mod spooled;
#[expect(clippy::module_inception, reason = "a file is named for its main type")]
mod file;
mod held;
mod deserialized;
mod serialized;

pub use file::File;

pub(super) use held::with_files;
pub(super) use serialized::{collecting_files, index_of_file};
pub(super) use spooled::Spool;
