//! The file `topics.reserve`, which reserves disk space. Without it, a full disk could prevent
//! checkpoints of the write-ahead log and the opening of the log.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::folder::private;

/// Maximum size of the file, in bytes: enough for a write-ahead log, and for opening the log.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
const PIECE: [u8; 4096] = [0; 4096];

/// A file that reserves disk space. If the disk is full, the space is released, so that a
/// checkpoint of the write-ahead log can run.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(crate) fn new(path: PathBuf, total_bytes: u64) -> Self {
        Self { path, bytes: (total_bytes / 32).min(MOST_BYTES) }
    }

    /// Releases the space, checkpoints the write-ahead log, and reserves the space again.
    pub(crate) fn fold(&self, connection: &Connection) {
        // A step that fails is retried after the next failed write.
        let _ = self.release();
        let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
        let _ = connection.query_row(fold, [], |_| Ok(()));
        let _ = self.fill();
    }

    /// Releases the space by truncating the file.
    pub(crate) fn release(&self) -> io::Result<()> {
        private().create(true).truncate(true).open(&self.path)?.sync_all()
    }

    /// Reserves the space. If the disk becomes full, keeps half of what was reserved and returns
    /// the error.
    pub(crate) fn fill(&self) -> io::Result<()> {
        let mut file = private().create(true).truncate(false).open(&self.path)?;
        let mut taken = file.seek(SeekFrom::End(0))?;
        while taken < self.bytes {
            if let Err(error) = file.write_all(&PIECE) {
                file.set_len(taken / 2)?;
                return Err(error);
            }
            taken += PIECE.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_is_given_and_taken() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path().join("topics.reserve"), 1 << 20);
        let bytes = || std::fs::metadata(&reserve.path).unwrap().len();
        reserve.fill().unwrap();
        assert_eq!(bytes(), 32 * 1024);
        reserve.release().unwrap();
        assert_eq!(bytes(), 0);
        reserve.fold(&Connection::open_in_memory().unwrap());
        assert_eq!(bytes(), 32 * 1024);
    }
}
