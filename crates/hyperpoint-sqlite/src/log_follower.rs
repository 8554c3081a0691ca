//! A follower of the log, which returns its events in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hyperpoint_topics::BackplaneError;
use hyperpoint_topics::backplane::{BackplaneErrorKind, Entry};
use tokio::sync::watch;

use crate::event_rows::{EventRows, Run};
use crate::log_error::Result;
use crate::past::Past;
use crate::readers::Readers;
use crate::snapshot::Snapshot;

/// The minimum difference between the clocks of the log and of the follower at which the system
/// clock is considered to have been set, and not just corrected.
const SET: Duration = Duration::from_secs(1);
/// The approximate size of the events that a follower reads at once, in bytes.
const READ_BYTES: usize = 1024 * 1024;
pub(crate) const FOLLOWING: &str = "follow the log of topics";

/// Reads the events after sequence number `after`, up to about `limit_bytes` bytes.
pub(crate) fn read_after(snapshot: &Snapshot<'_>, after: u64, limit_bytes: usize) -> Result<Run> {
    let mut events = EventRows::prepare(snapshot.connection, snapshot.past)?;
    events.run(&snapshot.numbers(), (after, snapshot.state.last_seq), limit_bytes)
}

/// A follower of the log, which returns events in order once they are synced.
pub(crate) struct LogFollower {
    pub(crate) readers: Arc<Readers>,
    pub(crate) past: Arc<Past>,
    pub(crate) last: watch::Receiver<u64>,
    pub(crate) after: u64,
    /// The sequence number of the last entry when the follower began. Up to there it reads from
    /// disk, where deleted events are missing, because another process may have deleted an event
    /// that is still in memory.
    pub(crate) begun_at: u64,
    pub(crate) ready: VecDeque<Entry>,
    pub(crate) clock: FollowersClock,
}

/// The monotonic clock of a follower: it does not change when the system clock is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowersClock {
    begun: SystemTime,
    since: Instant,
}

impl FollowersClock {
    /// Starts the clock at this time.
    pub(crate) fn start(begun: SystemTime) -> Self {
        Self { begun, since: Instant::now() }
    }

    /// Converts `at`, the time of an event on the log's clock, to the time on this clock. `now` is
    /// the current time on the log's clock.
    fn time_of(self, at: SystemTime, now: SystemTime) -> SystemTime {
        let here = self.begun + self.since.elapsed();
        let skew = here.duration_since(now).unwrap_or_else(|ahead| ahead.duration());
        if skew < SET {
            return at;
        }
        match now.duration_since(at) {
            Ok(age) => here.checked_sub(age).unwrap_or(at),
            // The event was stored before the system clock was set back.
            Err(_) => here,
        }
    }
}

impl LogFollower {
    /// Waits for the next entry and returns it.
    pub(crate) async fn next(&mut self) -> std::result::Result<Entry, BackplaneError> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.sequence;
                return Ok(entry);
            }
            let after = self.after;
            let closed = |_| BackplaneError::new(FOLLOWING, "the log is closed");
            self.last.wait_for(|last| *last > after).await.map_err(closed)?;
            let recent = match after < self.begun_at {
                true => VecDeque::new(),
                false => self.past.recent.after(after, READ_BYTES),
            };
            if recent.is_empty() {
                self.read().await?;
            } else {
                self.ready = self.timed(recent, self.past.clock.now());
            }
        }
    }

    /// Reads the next entries from disk: another process has stored them, or they are not in memory
    /// any more. Advances past sequence numbers without an entry if there are no others.
    async fn read(&mut self) -> std::result::Result<(), BackplaneError> {
        let after = self.after;
        let read = move |snapshot: &Snapshot<'_>| {
            let (state, now) = (&snapshot.state, snapshot.past.clock.now());
            let is_evicted = state.evicted_through > after;
            Ok((is_evicted, state.last_seq, read_after(snapshot, after, READ_BYTES)?, now))
        };
        let (is_evicted, last_seq, run, now) = self.readers.read(FOLLOWING, read).await?;
        if is_evicted {
            return Err(BackplaneError::new(FOLLOWING, "the next event is evicted"));
        }
        if run.damaged_through.is_some() {
            let error = BackplaneError::new(FOLLOWING, "the next event is damaged on disk");
            return Err(error.of_kind(BackplaneErrorKind::Damaged));
        }
        if run.entries.is_empty() {
            // These sequence numbers have no events: the events were deleted, or the numbers were
            // skipped after a loss.
            let through = Some(run.through).filter(|through| *through > after);
            self.after = through.unwrap_or(last_seq.max(after));
        }
        self.ready = self.timed(run.entries, now);
        Ok(())
    }

    /// Converts the times of entries to the follower's clock. `now` is the current time on the log's
    /// clock.
    fn timed(&self, entries: impl IntoIterator<Item = Entry>, now: SystemTime) -> VecDeque<Entry> {
        let clock = self.clock;
        let timed = |entry: Entry| Entry { at: clock.time_of(entry.at, now), ..entry };
        entries.into_iter().map(timed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_an_event_is_right_when_the_clock_of_the_machine_is_set() {
        let begun = SystemTime::now();
        let clock = FollowersClock::start(begun);
        let hour = Duration::from_hours(1);
        // Returns the age of an event in minutes. The clock has hardly advanced since its start.
        let age = |at, now| {
            let age = begun.duration_since(clock.time_of(at, now)).unwrap_or_default();
            age.as_secs().div_ceil(60)
        };
        assert_eq!(clock.time_of(begun - hour, begun), begun - hour, "it was not set");
        for now in [begun - hour, begun + hour] {
            assert_eq!(age(now, now), 0, "an event that is stored after the clock was set");
            assert!((59..=60).contains(&age(now - hour, now)), "an hour before");
        }
        assert_eq!(age(begun, begun - hour), 0, "one of before is as new as can be");
    }
}
