//! Detects that the files of an open log were replaced, for example by a restored backup. Writes to
//! the old files would be lost.

use std::io;
use std::path::{Path, PathBuf};

use crate::log_error::{LogError, Result};

/// The suffixes of a database's files: the database, its write-ahead log, and its shared memory.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];

/// The paths and inodes of the files of an open log.
#[derive(Debug)]
pub(crate) struct OpenFiles([(PathBuf, u64); ENDS.len()]);

impl OpenFiles {
    /// Records the inodes of the files. A connection must be open.
    pub(crate) fn of(database: &Path) -> io::Result<Self> {
        let paths = ENDS.map(|end| {
            let mut path = database.to_owned().into_os_string();
            path.push(end);
            PathBuf::from(path)
        });
        let mut files = paths.map(|path| (path, 0));
        for (path, opened) in &mut files {
            *opened = inode(path)?;
        }
        Ok(Self(files))
    }

    /// Fails if one of the files was replaced or deleted since it was opened.
    pub(crate) fn check(&self) -> Result<()> {
        let is_same =
            |(path, opened): &(PathBuf, u64)| inode(path).is_ok_and(|inode| inode == *opened);
        match self.0.iter().all(is_same) {
            true => Ok(()),
            false => Err(LogError::replaced()),
        }
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path)?))
}

/// Returns 0, because an open file cannot be replaced on systems other than Unix.
#[cfg(not(unix))]
fn inode(_path: &Path) -> io::Result<u64> {
    Ok(0)
}
