//! Owns how much of the past is kept.

use std::time::Duration;

/// How much of its past a topic keeps, for subscribers that come back or fall behind. What is
/// reached first counts; the newest event is always kept.
///
/// # Example
///
/// ```
/// use hyperpoint_topics::{TopicLimits, TopicName};
///
/// /// A page shows the last hundred lines.
/// const LOG: TopicName<String> = TopicName::new("log").limits(TopicLimits {
///     events: 100,
///     ..TopicLimits::DEFAULT
/// });
/// # let _ = LOG;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicLimits {
    /// How many events. Default: any number.
    pub events: usize,
    /// How many bytes, as events are written, with what it takes to keep them. Default: 256 KiB.
    pub bytes: usize,
    /// How old. A topic without a subscriber is freed when its last event is older. Default: 60 s.
    pub age: Duration,
}

impl TopicLimits {
    /// The default of each.
    pub const DEFAULT: Self =
        Self { events: usize::MAX, bytes: 256 * 1024, age: Duration::from_mins(1) };
}

impl Default for TopicLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
