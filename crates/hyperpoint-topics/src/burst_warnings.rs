//! The warning that the limits of a topic are too low for bursts of events.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::TopicLimits;
use crate::log::{Hub, Limit, Overrun};

/// Minimum time between two warnings of a node, in milliseconds. One burst overruns many
/// subscribers at once, and needs only one warning.
const INTERVAL_MS: u64 = 60_000;

/// Warnings, at most one a minute, about bursts that evict events before subscribers that keep up
/// have read them.
#[derive(Debug, Default)]
pub(crate) struct BurstWarnings {
    /// The earliest time of the next warning in milliseconds, on the clock of the hub.
    next_ms: AtomicU64,
}

impl BurstWarnings {
    /// Logs a warning that a burst on this topic overran a subscriber, and names the limit to
    /// raise. Does nothing if the last warning was logged less than a minute ago.
    pub(crate) fn warn(&self, topic: &str, overrun: Overrun, limits: TopicLimits, hub: &Hub) {
        let (now_ms, next_ms) = (hub.now_ms(), self.next_ms.load(Ordering::Relaxed));
        let next = now_ms + INTERVAL_MS;
        let is_due = now_ms >= next_ms
            && self
                .next_ms
                .compare_exchange(next_ms, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !is_due {
            return;
        }
        let Overrun { events, limit } = overrun;
        let raise = match limit {
            Limit::Events => format!("`TopicLimits::events` (now {})", limits.events),
            Limit::Bytes => format!("`TopicLimits::bytes` (now {})", limits.bytes),
            Limit::Age => format!("`TopicLimits::age` (now {:?})", limits.age),
            Limit::TotalBytes => {
                format!("`TopicsOptions::total_bytes` (now {})", hub.limit_bytes())
            }
        };
        tracing::warn!(
            topic,
            events,
            "a burst evicted up to {events} events of topic `{topic}` before a subscriber that \
             keeps up could read them; raise {raise}"
        );
    }
}
