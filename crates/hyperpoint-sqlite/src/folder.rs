//! The folder of a log: the names of its files, their permissions, and the lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::log_error::{LogError, Result};

/// Maximum time that a process waits while another process opens the log.
const PATIENCE: Duration = Duration::from_secs(10);
/// The names of the files of a log, except the lock file, which is empty.
const FILES: [&str; 5] =
    ["topics.db", "topics.db-wal", "topics.db-shm", "topics.mark", "topics.reserve"];

/// The folder of a log that this process has opened. Dropping it releases the lock.
///
/// A process that gets the exclusive lock is the only one, and may begin a generation. It then
/// replaces the lock with a shared one, so that another process can join before the first one
/// stops.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    lock: File,
}

/// Whether another process has opened the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    Alone,
    Joined,
}

impl Folder {
    /// Creates the folder if it is absent, accessible to its owner only, and locks it. Returns an
    /// error if another process holds the exclusive lock for 10 s.
    pub(crate) fn open(path: &Path) -> Result<(Self, Company)> {
        create(path)?;
        let lock = private().create(true).truncate(false).open(path.join("topics.lock"))?;
        let folder = Self { path: path.to_owned(), lock };
        let deadline = Instant::now() + PATIENCE;
        loop {
            if is_locked(folder.lock.try_lock())? {
                return Ok((folder, Company::Alone));
            }
            if is_locked(folder.lock.try_lock_shared())? {
                return Ok((folder, Company::Joined));
            }
            if Instant::now() > deadline {
                let text = "another process has held an exclusive lock on `topics.lock` for 10 s; \
                     stop that process";
                return Err(LogError::Refused(text.to_owned()));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Replaces the exclusive lock with a shared one, so that other processes can join.
    pub(crate) fn share(&self) -> io::Result<()> {
        self.lock.unlock()?;
        self.lock.lock_shared()
    }

    /// Returns the path of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("topics.db")
    }

    /// Returns the path of the file that stores the log's last acknowledged sequence number.
    pub(crate) fn mark(&self) -> PathBuf {
        self.path.join("topics.mark")
    }

    /// Returns the path of the file that reserves disk space.
    pub(crate) fn reserve(&self) -> PathBuf {
        self.path.join("topics.reserve")
    }

    /// Creates the database's file if it is absent.
    pub(crate) fn create_database(&self) -> io::Result<()> {
        match private().create_new(true).open(self.database()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            // The file is closed before SQLite opens it: closing it later would release SQLite's
            // locks.
            _ => Ok(()),
        }
    }

    /// Removes the permissions of other users from the files.
    pub(crate) fn restrict_files(&self) -> io::Result<()> {
        FILES.iter().try_for_each(|name| restrict(&self.path.join(name)))
    }

    /// Returns the path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the directory, so that the names of its files survive a loss of power. Does nothing on
    /// systems other than Unix.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match cfg!(unix) {
            true => File::open(&self.path)?.sync_all(),
            false => Ok(()),
        }
    }

    /// Returns a text that distinguishes the database's file from a copy: the time of its creation
    /// and, on Unix, its inode.
    pub(crate) fn identity(&self) -> io::Result<String> {
        let metadata = fs::metadata(self.database())?;
        let born = metadata.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let born = born.unwrap_or_default().as_nanos();
        #[cfg(unix)]
        return Ok(format!("{} {born}", std::os::unix::fs::MetadataExt::ino(&metadata)));
        #[cfg(not(unix))]
        return Ok(format!("{born}"));
    }
}

/// Returns the size of the files in the folder of a log, in bytes. An absent file counts as 0.
pub(crate) fn size_of_files(folder: &Path) -> u64 {
    let size = |name| fs::metadata(folder.join(name)).map_or(0, |metadata| metadata.len());
    FILES.into_iter().map(size).sum()
}

/// Returns options to read and write a file. A file that they create is accessible to its owner
/// only.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Removes the permissions of other users from a file, if it exists. Does nothing on systems other
/// than Unix.
fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        match fs::metadata(path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn is_locked(result: std::result::Result<(), TryLockError>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
