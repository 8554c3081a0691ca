//! Owns the reasons for gaps.

use std::fmt;

use serde::Serialize;

/// The reason why a subscriber misses events, as the `gap` event reports it: a lower-case word.
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
    /// The id is not of this log's past: the log was created anew, lost its end, or is an older copy.
    Epoch,
    /// The events after the id are no longer kept.
    Evicted,
    /// The subscriber lagged so far behind that its next events were evicted.
    Lagged,
    /// The id is invalid, or the log never assigned it.
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
