//! Owns the interface through which topics report metrics.

use std::fmt;

use crate::gap_reason::GapReason;

/// Receives metrics of topics. It keeps this crate independent of any metrics library.
pub trait TopicMeter: fmt::Debug + Send + Sync {
    /// Records that an event was published on this node.
    fn published(&self);

    /// Records that a gap was reported to a subscriber, for this reason.
    fn gapped(&self, reason: GapReason);

    /// Records how many events a subscriber was sent at once. Called if there is more than one; at most
    /// the events of one frame.
    fn lagged(&self, events: u32);
}
