//! A file that was opened, and what is known of it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::etag::ETag;

/// A regular file, open for reading.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(super) file: File,
    pub(super) length: u64,
    modified: Option<SystemTime>,
}

impl OpenFile {
    /// Opens the file at this path. Blocks.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotFound` for a folder, and for whatever else is no regular file.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        // Looked at before it is opened: to open a pipe is to wait for whoever writes to it.
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no regular file"));
        }
        Self::of(File::open(path)?)
    }

    /// What is known of an open file. Blocks.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(super) fn of(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no regular file"));
        }
        Ok(Self { length: metadata.len(), modified: metadata.modified().ok(), file })
    }

    /// The name of its version, by its length and the time of its last change, and that time. None
    /// where the system keeps no such time.
    pub(crate) fn version(&self) -> Option<(ETag, SystemTime)> {
        let modified = self.modified?;
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let tag = ETag::strong(format_args!("{:x}-{:x}", since.as_nanos(), self.length));
        Some((tag.ok()?, modified))
    }
}
