//! The content of a `File` on disk, in an unnamed temporary file.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::task::spawn_blocking;

/// Size of the write buffer and of the blocks read from a temporary file, in bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// A temporary file that is being written. It has no name, so the operating system removes it when
/// it is closed, even if the process is killed.
pub(in crate::bind) struct Spool {
    file: fs::File,
    /// Bytes that are not yet written to the file.
    buffer: BytesMut,
    len_bytes: u64,
}

/// A temporary file that is completely written.
#[derive(Debug)]
pub(super) struct Spooled {
    file: Mutex<fs::File>,
    pub(super) len_bytes: u64,
}

impl Spool {
    /// Creates a file in the system's directory for temporary files. Its buffer begins with the
    /// bytes in `first`.
    pub(in crate::bind) async fn create(first: BytesMut) -> io::Result<Self> {
        let file = blocking(tempfile::tempfile).await?;
        Ok(Self { file, len_bytes: first.len() as u64, buffer: first })
    }

    pub(in crate::bind) async fn write(self, piece: &[u8]) -> io::Result<Self> {
        let Self { file, mut buffer, len_bytes } = self;
        buffer.extend_from_slice(piece);
        let written = Self { file, buffer, len_bytes: len_bytes + piece.len() as u64 };
        if written.buffer.len() < BLOCK_BYTES { Ok(written) } else { written.flush().await }
    }

    async fn flush(self) -> io::Result<Self> {
        let Self { mut file, mut buffer, len_bytes } = self;
        blocking(move || {
            file.write_all(&buffer)?;
            buffer.clear();
            Ok(Self { file, buffer, len_bytes })
        })
        .await
    }

    pub(super) async fn finish(self) -> io::Result<Spooled> {
        let Self { file, len_bytes, .. } = self.flush().await?;
        Ok(Spooled { file: Mutex::new(file), len_bytes })
    }
}

impl Spooled {
    /// Reads up to [`BLOCK_BYTES`] bytes, beginning at byte offset `at`. The result is empty at the
    /// end of the file.
    pub(super) async fn read(self: &Arc<Self>, at: u64) -> io::Result<Bytes> {
        let file = Arc::clone(self);
        blocking(move || file.read_now(at, BLOCK_BYTES as u64)).await
    }

    /// Reads up to `most` bytes, beginning at byte offset `at`. Blocks the thread.
    pub(super) fn read_now(&self, at: u64, most: u64) -> io::Result<Bytes> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        let mut block = Vec::new();
        (&mut *file).take(most).read_to_end(&mut block)?;
        Ok(block.into())
    }
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    spawn_blocking(work).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}
