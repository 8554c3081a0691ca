//! Open files and their metadata.

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
    /// Errors of the operating system; `NotFound` if the path is not a regular file.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        // Checked before opening: opening a named pipe would block until a process writes to it.
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "not a regular file"));
        }
        Self::of(File::open(path)?)
    }

    /// Wraps an open file and reads its metadata. Blocks.
    ///
    /// # Errors
    ///
    /// Errors of the operating system; `NotFound` if the file is not a regular file.
    pub(super) fn of(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "not a regular file"));
        }
        Ok(Self { length: metadata.len(), modified: metadata.modified().ok(), file })
    }

    /// Returns an entity tag, derived from the modification time and the length, and the
    /// modification time. Returns `None` if the operating system does not provide the time.
    pub(crate) fn version(&self) -> Option<(ETag, SystemTime)> {
        let modified = self.modified?;
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let tag = ETag::strong(format_args!("{:x}-{:x}", since.as_nanos(), self.length));
        Some((tag.ok()?, modified))
    }
}
