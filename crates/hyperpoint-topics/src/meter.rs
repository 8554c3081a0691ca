//! Owns what is told to whoever counts.

use std::fmt;

use crate::gap_reason::GapReason;

/// What happens on topics, for whoever counts. It is here, so that topics know nothing of the library
/// that does it.
pub trait TopicMeter: fmt::Debug + Send + Sync {
    /// An event was published on this node, and has its number.
    fn published(&self);

    /// A subscriber is told that it does not get all, for this reason.
    fn gapped(&self, reason: GapReason);

    /// So many events were there when a subscriber was ready for more: more than one, and up to what
    /// is sent at one time.
    fn lagged(&self, events: u32);
}
