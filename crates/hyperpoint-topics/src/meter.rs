//! [`TopicMeter`], through which topics report metrics.

use std::fmt;

use crate::backplane::{BackplaneErrorKind, LogCounts};
use crate::gap_reason::GapReason;

/// Receives metrics of topics. It keeps this crate independent of any metrics library.
pub trait TopicMeter: fmt::Debug + Send + Sync {
    /// Records that an event was published on this node. Not called for a duplicate.
    fn published(&self);

    /// Records that a gap was reported to a subscriber, for this reason.
    fn gapped(&self, reason: GapReason);

    /// Records the number of events in a frame that a subscriber was sent. Called only for frames
    /// of more than one event.
    fn lagged(&self, events: u32);

    /// Records the counts of the backplane's log. Called every 5 s while the backplane is
    /// available. `lag` is the difference between the last sequence of the log and the last
    /// sequence that this node has received, or `None` if it is unknown. By default, nothing is
    /// recorded.
    fn measured(&self, counts: &LogCounts, lag: Option<u64>) {
        let _ = (counts, lag);
    }

    /// Records an error of the backplane. Not called if the backplane rejects an event as too
    /// large. By default, nothing is recorded.
    fn failed(&self, kind: BackplaneErrorKind) {
        let _ = kind;
    }
}
