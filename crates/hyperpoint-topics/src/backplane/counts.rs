//! [`LogCounts`], the size and the counters of a log, for metrics.

use std::time::Duration;

/// The size and the counters of a log, for metrics. A value that the backplane does not know is
/// `None`.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::backplane::LogCounts;
///
/// /// Returns the counts of a log of which only the size is known.
/// fn counts(bytes: u64) -> LogCounts {
///     let mut counts = LogCounts::default();
///     counts.bytes = Some(bytes);
///     counts
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogCounts {
    /// The size of the stored log, in bytes.
    pub bytes: Option<u64>,
    /// The number of entries in the log. It may include the entries of deleted events.
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
