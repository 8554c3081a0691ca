//! [`TopicLimits`], the limits on the recent events that a topic keeps.

use std::time::Duration;

/// Limits on the recent events that a topic keeps for subscribers that reconnect or fall behind.
///
/// Exceeding any limit evicts the oldest events. The newest event of a topic is evicted only if the
/// events of all topics exceed [`TopicsOptions::total_bytes`](crate::TopicsOptions::total_bytes),
/// or if the event exceeds the maximum age and the topic has no subscriber.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicLimits, TopicName};
///
/// /// A page shows the last 100 lines.
/// const LOG: TopicName<String> = TopicName::new("log").limits(TopicLimits {
///     events: 100,
///     ..TopicLimits::DEFAULT
/// });
/// # let _ = LOG;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicLimits {
    /// Maximum number of events. Default: unlimited.
    pub events: usize,
    /// Maximum memory of the events, in bytes. Each event counts with its encoded size plus about
    /// 96 bytes, and each distinct key with its length plus about 96 bytes. Default: 256 KiB.
    pub bytes: usize,
    /// Maximum age of an event. A topic without a subscriber is freed when its last event exceeds
    /// this age. Default: 60 s.
    pub age: Duration,
}

impl TopicLimits {
    /// The default limits: any number of events, 256 KiB, 60 s.
    pub const DEFAULT: Self =
        Self { events: usize::MAX, bytes: 256 * 1024, age: Duration::from_mins(1) };

    /// A placeholder for the limits of a topic that are not known yet. No application sets these
    /// values.
    pub(crate) const UNKNOWN: Self =
        Self { events: usize::MAX - 1, bytes: usize::MAX - 1, age: Duration::MAX };
}

impl Default for TopicLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
