//! The content of responses: conditional requests, range requests, `Content-Disposition`, and
//! files.
//!
//! This module implements preconditions (RFC 9110 §13), ranges (RFC 9110 §14),
//! `Content-Disposition` (RFC 6266), and files of a folder. It does not depend on endpoints or on
//! how a response is sent.

mod etag;
mod preconditions;
mod validators;
mod ranges;
mod disposition;
mod open_file;
mod served_file;
mod file_root;
mod segments;
mod whole_content;
mod ranged;

pub(crate) use disposition::{Disposition, disposition};
pub use etag::{ETag, InvalidETag};
pub use file_root::FileRoot;
pub use preconditions::has_version;
pub(crate) use ranged::{Ranged, ranged};
pub use served_file::ServedFile;
pub use validators::Validators;
pub use whole_content::WholeContent;
