//! The options of a log on disk.

use std::time::Duration;

/// Options of a log on disk: how much it keeps, and how often it writes.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use hyperpoint_sqlite::SqliteLog;
///
/// # fn main() -> std::io::Result<()> {
/// # let folder = std::env::temp_dir().join(format!("hyperpoint-options-{}", std::process::id()));
/// let log = SqliteLog::open(&folder, |options| {
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
pub struct SqliteLogOptions {
    /// How long the log waits for more events when an event is published, before it commits all of
    /// them at once. Default: 0; a commit begins as soon as the previous one has ended.
    pub flush_every: Duration,
    /// Maximum size of the files, in bytes. The oldest events are deleted first. An eighth of the
    /// size, at most 16 MiB, is reserved for writes while events are deleted. Up to a quarter of
    /// the rest stores the newest event of each key; an event that is larger than that quarter is
    /// not stored there. If the size is below 64 MiB, the write-ahead log, which usually has up to
    /// 4 MiB, may exceed it. A size below 256 KiB is raised to 256 KiB. Default: 256 MiB.
    pub total_bytes: u64,
    /// How long events are kept. Older events are deleted within about a second, except the newest
    /// event of each key. Default: 24 h.
    pub age: Duration,
    /// How long idempotency keys ([`once`](hyperpoint_topics::Publish::once)) are kept, unless
    /// `total_bytes` deletes their events earlier. Default: 2 min.
    pub once_window: Duration,
}

impl Default for SqliteLogOptions {
    fn default() -> Self {
        Self {
            flush_every: Duration::ZERO,
            total_bytes: 256 * 1024 * 1024,
            age: Duration::from_hours(24),
            once_window: Duration::from_mins(2),
        }
    }
}
