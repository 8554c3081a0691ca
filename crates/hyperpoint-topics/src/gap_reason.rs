//! Owns the reasons for which a subscriber misses events.

use std::fmt;

use serde::Serialize;

/// Why a subscriber misses events, as a `gap` event reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GapReason {
    /// The id is of another epoch: the log has begun again.
    Epoch,
    /// The events after the id are no longer kept.
    Evicted,
    /// The subscriber fell further behind than the log is long.
    Lagged,
    /// The id was never given by the log.
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
