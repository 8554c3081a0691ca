//! What is sent where an answer has a content: which version of it a client has, which part of it
//! it asks for, and the files it comes from.
//!
//! Preconditions (RFC 9110 §13), ranges (RFC 9110 §14), `Content-Disposition` (RFC 6266), files and
//! the folders that they are kept in. Knows nothing of endpoints, nor of how an answer is left.

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
pub(crate) use preconditions::{Verdict, verdict};
pub(crate) use ranged::{Ranged, ranged};
pub use served_file::ServedFile;
pub use validators::Validators;
pub(crate) use validators::failed;
pub use whole_content::WholeContent;
