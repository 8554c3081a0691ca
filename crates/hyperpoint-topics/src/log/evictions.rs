//! The record of evicted events, which distinguishes a log that is too short for its bursts from a
//! subscriber that is too slow.

/// Minimum time between two samples, in milliseconds.
const SAMPLE_MS: u64 = 1000;

/// Maximum age of the first missing event of an overrun, in milliseconds. A subscriber that misses
/// only younger events was at the head of the log shortly before, so the log was too short for it.
const OVERRUN_MS: u64 = 2 * SAMPLE_MS;

/// The limit that caused an eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The number of events in the topic, [`TopicLimits::events`](crate::TopicLimits::events).
    Events,
    /// The memory of the topic, [`TopicLimits::bytes`](crate::TopicLimits::bytes).
    Bytes,
    /// The age of an event, [`TopicLimits::age`](crate::TopicLimits::age).
    Age,
    /// The memory of all topics, [`TopicsOptions::total_bytes`](crate::TopicsOptions::total_bytes).
    TotalBytes,
}

/// A burst of events that evicted earlier events before a subscriber that keeps up could read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overrun {
    /// Upper bound of the number of events that were evicted before the subscriber read them.
    pub(crate) events: u64,
    /// The limit that caused the last eviction.
    pub(crate) limit: Limit,
}

/// The evicted events of one topic: their number, and the publication times of two of them. The
/// size of the record is constant, and recording an eviction costs one comparison.
#[derive(Debug)]
pub(super) struct Evictions {
    count: u64,
    /// The limit that caused the last eviction.
    limit: Limit,
    /// The newest sample, followed by the previous one.
    samples: [Sample; 2],
}

/// The publication time of one evicted event.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    /// The sequence of the event that was evicted just before this one.
    after: u64,
    /// The time of publication in milliseconds, on the clock of the hub.
    at_ms: u64,
    /// Number of events evicted before this one.
    count: u64,
}

impl Evictions {
    pub(super) fn new() -> Self {
        Self { count: 0, limit: Limit::Bytes, samples: [Sample::default(); 2] }
    }

    /// Records the eviction, by this limit, of the first event after sequence `after`. The event
    /// was published at `at_ms`.
    pub(super) fn record(&mut self, after: u64, at_ms: u64, limit: Limit) {
        let [newest, _] = self.samples;
        if at_ms >= newest.at_ms + SAMPLE_MS {
            self.samples = [Sample { after, at_ms, count: self.count }, newest];
        }
        self.count += 1;
        self.limit = limit;
    }

    /// Returns the evictions of events after sequence `after` as an overrun, or `None` if one of
    /// these events may be older than [`OVERRUN_MS`].
    pub(super) fn overrun_since(&self, after: u64, now_ms: u64) -> Option<Overrun> {
        // The first missing event is the event of the sample or a later one.
        let sample = self.samples.iter().find(|sample| sample.after <= after)?;
        let is_young = now_ms.saturating_sub(sample.at_ms) < OVERRUN_MS;
        is_young.then(|| Overrun { events: self.count - sample.count, limit: self.limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates a record of evicted events with consecutive sequences from 1, published at `times`.
    fn evictions(times: impl IntoIterator<Item = u64>) -> Evictions {
        let mut evictions = Evictions::new();
        for (after, at_ms) in (0..).zip(times) {
            evictions.record(after, at_ms, Limit::Bytes);
        }
        evictions
    }

    #[test]
    fn a_burst_overruns_a_subscriber_that_had_every_event_before_it() {
        let burst = evictions([10_000, 11_000, 20_000, 20_000, 20_001]);
        let overrun = Some(Overrun { events: 3, limit: Limit::Bytes });
        assert_eq!(burst.overrun_since(2, 20_002), overrun);
        assert_eq!(
            burst.overrun_since(3, 20_002),
            overrun,
            "the number of events is an upper bound"
        );
        assert_eq!(
            burst.overrun_since(2, 22_000),
            None,
            "the subscriber did not read for two seconds"
        );
    }

    #[test]
    fn a_subscriber_that_lagged_before_the_burst_is_not_overrun() {
        let burst = evictions([10_000, 11_000, 20_000, 20_000, 20_001]);
        assert_eq!(burst.overrun_since(0, 20_002), None);
        assert_eq!(burst.overrun_since(1, 20_002), None);
    }

    #[test]
    fn a_steady_flood_overruns_only_a_subscriber_near_the_head() {
        let flood = evictions((0..10_000).map(|index| 50_000 + index));
        assert_eq!(flood.overrun_since(9_500, 60_100).map(|overrun| overrun.events), Some(1000));
        assert_eq!(flood.overrun_since(5_000, 60_100), None);
    }
}
