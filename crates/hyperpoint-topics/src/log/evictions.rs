//! Owns what is remembered of evicted events: enough to tell a log that is too short for its bursts
//! from a subscriber that is too slow.

/// The least time between two marks.
const MARK_MS: u64 = 1000;

/// A subscriber whose first missing event is younger than this was at the head of the log shortly
/// before: the log was too short for it.
const OUTRUN_MS: u64 = 2 * MARK_MS;

/// The limit that an event was evicted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// [`TopicLimits::events`](crate::TopicLimits::events).
    Events,
    /// [`TopicLimits::bytes`](crate::TopicLimits::bytes).
    Bytes,
    /// [`TopicLimits::age`](crate::TopicLimits::age).
    Age,
    /// [`TopicsOptions::total_bytes`](crate::TopicsOptions::total_bytes).
    TotalBytes,
}

/// How a burst outran a subscriber that keeps up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outrun {
    /// Maximum number of events evicted before the subscriber read them.
    pub(crate) events: u64,
    /// The limit that they were evicted for.
    pub(crate) limit: Limit,
}

/// The evicted events of one topic: how many, and when a few of them were published. Its size does
/// not grow, and an eviction costs a comparison.
#[derive(Debug)]
pub(super) struct Evictions {
    count: u64,
    /// The limit that the last one was evicted for.
    limit: Limit,
    /// The newest mark, and the one before it.
    marks: [Mark; 2],
}

/// An evicted event whose time is remembered.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    /// The sequence of the event that was evicted before it.
    after: u64,
    /// When it was published.
    at_ms: u64,
    /// Number of events evicted before it.
    count: u64,
}

impl Evictions {
    pub(super) fn new() -> Self {
        Self { count: 0, limit: Limit::Bytes, marks: [Mark::default(); 2] }
    }

    /// Notes the eviction of the event after the one of this sequence.
    pub(super) fn note(&mut self, after: u64, at_ms: u64, limit: Limit) {
        let [newest, _] = self.marks;
        if at_ms >= newest.at_ms + MARK_MS {
            self.marks = [Mark { after, at_ms, count: self.count }, newest];
        }
        self.count += 1;
        self.limit = limit;
    }

    /// Returns what was evicted after this sequence, if all of it is younger than [`OUTRUN_MS`].
    pub(super) fn outran(&self, after: u64, now_ms: u64) -> Option<Outrun> {
        // The first event that is missing is the mark's or a later one.
        let mark = self.marks.iter().find(|mark| mark.after <= after)?;
        let is_young = now_ms.saturating_sub(mark.at_ms) < OUTRUN_MS;
        is_young.then(|| Outrun { events: self.count - mark.count, limit: self.limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The evictions of events with consecutive sequences from 1, published at these times.
    fn evictions(times: impl IntoIterator<Item = u64>) -> Evictions {
        let mut evictions = Evictions::new();
        for (after, at_ms) in (0..).zip(times) {
            evictions.note(after, at_ms, Limit::Bytes);
        }
        evictions
    }

    #[test]
    fn a_burst_outruns_a_subscriber_that_had_all_before_it() {
        let burst = evictions([10_000, 11_000, 20_000, 20_000, 20_001]);
        let outrun = Some(Outrun { events: 3, limit: Limit::Bytes });
        assert_eq!(burst.outran(2, 20_002), outrun);
        assert_eq!(burst.outran(3, 20_002), outrun, "at most");
        assert_eq!(burst.outran(2, 22_000), None, "it was not read for two seconds");
    }

    #[test]
    fn a_subscriber_that_was_behind_before_the_burst_is_slow() {
        let burst = evictions([10_000, 11_000, 20_000, 20_000, 20_001]);
        assert_eq!(burst.outran(0, 20_002), None);
        assert_eq!(burst.outran(1, 20_002), None);
    }

    #[test]
    fn under_a_steady_flood_only_a_subscriber_that_is_close_is_outrun() {
        let flood = evictions((0..10_000).map(|index| 50_000 + index));
        assert_eq!(flood.outran(9_500, 60_100).map(|outrun| outrun.events), Some(1000));
        assert_eq!(flood.outran(5_000, 60_100), None);
    }
}
