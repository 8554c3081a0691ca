//! [`TopicMeter`], through which topics report metrics.

use std::fmt;

use crate::backplane::{BackplaneErrorKind, LogCounts};
use crate::gap_reason::GapReason;

/// Receives metrics of topics. It keeps this crate independent of any metrics library.
pub trait TopicMeter: fmt::Debug + Send + Sync {
    /// Records that an event was published on this node.
    fn published(&self);

    /// Records that a gap was reported to a subscriber, for this reason.
    fn gapped(&self, reason: GapReason);

    /// Records the number of events in a frame that a subscriber was sent. Called only for frames
    /// of more than one event.
    fn lagged(&self, events: u32);

    /// Records the counts of the backplane's log. Called every 5 s. `lag` is the number of entries
    /// that this node has not received yet, or `None` if that is unknown. By default, nothing is
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
