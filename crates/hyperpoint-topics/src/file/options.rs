//! Owns the options of a log on disk.

use std::time::Duration;

/// Options of a log on disk: how much it keeps, and how often it writes.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint::topics::file::FileLog;
///
/// # fn main() -> std::io::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("hyperpoint-options-{}", std::process::id()));
/// let log = FileLog::open(&folder, |options| {
///     options.total_bytes = 64 * 1024 * 1024;
///     options.age = Duration::from_hours(1);
/// })?;
/// # drop(log);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLogOptions {
    /// How often waiting events are written and synced, all at once. Publishers and subscribers wait for
    /// it. Default: 5 ms.
    pub flush_every: Duration,
    /// Maximum size of all files, in bytes. The oldest file is deleted first. Default: 256 MiB.
    pub total_bytes: u64,
    /// How long events are kept. A file is deleted when its last event is older. Default: 24 h.
    pub age: Duration,
    /// The size of a file in bytes at which a new file is started. Default: 8 MiB.
    pub file_bytes: u64,
    /// How long idempotency keys ([`once`](crate::Publish::once)) are kept. Default: 2 min.
    pub once_window: Duration,
}

impl Default for FileLogOptions {
    fn default() -> Self {
        Self {
            flush_every: Duration::from_millis(5),
            total_bytes: 256 * 1024 * 1024,
            age: Duration::from_hours(24),
            file_bytes: 8 * 1024 * 1024,
            once_window: Duration::from_mins(2),
        }
    }
}
