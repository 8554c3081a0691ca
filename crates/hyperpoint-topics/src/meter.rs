//! Owns the interface through which topics report metrics.

use std::fmt;

use crate::gap_reason::GapReason;

/// Receives metrics of topics. It keeps this crate independent of any metrics library.
pub trait TopicMeter: fmt::Debug + Send + Sync {
    /// Records that an event was published on this node.
    fn published(&self);

    /// Records that a gap was reported to a subscriber, for this reason.
    fn gapped(&self, reason: GapReason);

    /// Records the number of events in a frame that a subscriber was sent. Called only for frames of more
    /// than one event.
    fn lagged(&self, events: u32);
}
