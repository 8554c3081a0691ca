//! A listening Unix socket with a path.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// A listening Unix socket. Dropping it removes the socket file, unless the socket was inherited or
/// the file has been replaced.
#[derive(Debug)]
pub(super) struct UnixFileListener {
    listener: UnixListener,
    /// Path and inode of the file to remove, or `None` for an inherited socket, whose file belongs
    /// to another process.
    file: Option<(PathBuf, u64)>,
    path: Option<PathBuf>,
}

impl UnixFileListener {
    /// Listens at the path. First removes a stale socket file of an earlier process.
    pub(super) fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        remove_stale(path)?;
        let listener = UnixListener::bind(path)?;
        let file = std::fs::symlink_metadata(path)?.ino();
        let path = path.to_owned();
        Ok(Self { listener, file: Some((path.clone(), file)), path: Some(path) })
    }

    /// Takes over a socket that is already listening.
    pub(super) fn given(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let path = address.as_pathname().map(Path::to_owned);
        Ok(Self { listener: UnixListener::from_std(listener)?, file: None, path })
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(socket, _)| socket)
    }
}

impl Drop for UnixFileListener {
    fn drop(&mut self) {
        let Some((path, inode)) = &self.file else {
            return;
        };
        if std::fs::symlink_metadata(path).is_ok_and(|file| file.ino() == *inode) {
            // If this fails, the next process that listens at the path removes the file.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes a socket file without a listening process. Any other file is kept, and binding fails.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match StdUnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}
