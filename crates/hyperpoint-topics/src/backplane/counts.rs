//! Owns the counts of a log, for metrics.

use std::time::Duration;

/// The counts of a log, as far as its backplane knows them. A count that it does not know is `None`.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::LogCounts;
///
/// /// Counts a log that only knows its size.
/// fn counts(bytes: u64) -> LogCounts {
///     let mut counts = LogCounts::default();
///     counts.bytes = Some(bytes);
///     counts
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogCounts {
    /// The size of the log where it is stored, in bytes.
    pub bytes: Option<u64>,
    /// The number of entries that the log has. Places of deleted events may be among them.
    pub events: Option<u64>,
    /// The age of the oldest event.
    pub oldest_age: Option<Duration>,
    /// The sequence of the newest entry that followers receive.
    pub last: Option<u64>,
    /// The number of transactions with events that this process has committed.
    pub commits: Option<u64>,
    /// The number of events that this process has committed.
    pub committed_events: Option<u64>,
}
