//! Owns what a log on disk keeps, and how often it writes.

use std::time::Duration;

/// What a log on disk keeps, and how often it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileLogOptions {
    /// How often events are written and synced, all that wait at once. A publisher waits for it, and
    /// so do subscribers. Default: 5 ms.
    pub flush_every: Duration,
    /// How much is kept, in bytes; the oldest file goes first. Default: 256 MiB.
    pub total_bytes: u64,
    /// How long events are kept; a file goes when its last event is older. Default: 24 h.
    pub age: Duration,
    /// The size of a file, in bytes, at which the next is begun. Default: 8 MiB.
    pub file_bytes: u64,
    /// How long a publication with [`once`](crate::Publish::once) is remembered. Default: 2 min.
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
