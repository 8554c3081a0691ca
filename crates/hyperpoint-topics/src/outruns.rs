//! Owns the warning that topics keep too little for the bursts that are published to them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::TopicLimits;
use crate::log::{Hub, Limit, Outrun};

/// The least time between two warnings of a node: one burst outruns very many subscribers.
const INTERVAL_MS: u64 = 60_000;

/// The bursts that outran subscribers that keep up: warns of one a minute at most.
#[derive(Debug, Default)]
pub(crate) struct Outruns {
    /// When the next one may be warned of, by the clock of the hub.
    next_ms: AtomicU64,
}

impl Outruns {
    /// Warns that a burst on this topic outran a subscriber, and names the limit to raise.
    pub(crate) fn warn(&self, topic: &str, outrun: Outrun, limits: TopicLimits, hub: &Hub) {
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
        let Outrun { events, limit } = outrun;
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
            "a burst outran a subscriber that keeps up: up to {events} events of topic `{topic}` \
             were evicted before it could read them; raise {raise}"
        );
    }
}
