//! [`GapReason`], the reason why events are missing for a subscriber.

use std::fmt;

use serde::Serialize;

/// The reason why events are missing for a subscriber. The event `gap` reports it as a lower-case
/// word.
///
/// # Examples
///
/// ```
/// use hyperpoint::GapReason;
///
/// assert_eq!(GapReason::Evicted.to_string(), "evicted");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GapReason {
    /// The [requested](crate::Gap::requested) id is not in this log's past: the log was recreated,
    /// lost its newest events, or was restored from an older copy. The embedded log is recreated
    /// whenever the process starts.
    Epoch,
    /// The log no longer keeps all events after the requested id.
    Evicted,
    /// The subscriber lagged so far behind that its next events were evicted.
    Lagged,
    /// The requested id is invalid, or is after the end of the log.
    Unknown,
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epoch => "epoch",
            Self::Evicted => "evicted",
            Self::Lagged => "lagged",
            Self::Unknown => "unknown",
        })
    }
}
