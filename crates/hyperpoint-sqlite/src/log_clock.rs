//! The clock of a log, which continues to advance if the machine's clock is set back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of a log, which continues to advance if the machine's clock is set back. It returns
/// the later one of two times: the machine's time, and the latest known time plus the time elapsed
/// since then. The latest known time is the time at which the log was opened or the time of an
/// event. Therefore, events expire on time, and no event has an earlier time than the events before
/// it.
#[derive(Debug)]
pub(crate) struct LogClock {
    known: Mutex<Known>,
}

/// A known time, and the instant at which it was the current time.
#[derive(Clone, Copy, Debug)]
struct Known {
    time: SystemTime,
    since: Instant,
}

impl Known {
    /// Returns the known time plus the time elapsed since then.
    fn onwards(self) -> SystemTime {
        self.time.checked_add(self.since.elapsed()).unwrap_or(self.time)
    }
}

impl Default for LogClock {
    fn default() -> Self {
        Self::at_opening(SystemTime::now())
    }
}

impl LogClock {
    fn at_opening(time: SystemTime) -> Self {
        Self { known: Mutex::new(Known { time, since: Instant::now() }) }
    }

    /// Records the time of a stored event, in milliseconds since the Unix epoch. The clock does not
    /// return an earlier time afterwards. Another process may have stored the event.
    pub(crate) fn note(&self, at_ms: u64) {
        let Some(time) = UNIX_EPOCH.checked_add(Duration::from_millis(at_ms)) else {
            return;
        };
        let mut known = self.known();
        if time > known.onwards() {
            *known = Known { time, since: Instant::now() };
        }
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> SystemTime {
        self.at(SystemTime::now())
    }

    /// Returns the current time in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> u64 {
        since_epoch_ms(self.now())
    }

    /// Returns the time of the log if the machine's time is `machine`.
    fn at(&self, machine: SystemTime) -> SystemTime {
        self.known().onwards().max(machine)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a time in milliseconds since the Unix epoch, or 0 for a time before it.
pub(crate) fn since_epoch_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Advances the clock by `time`, without waiting.
    fn pass(clock: &LogClock, time: Duration) {
        let mut known = clock.known.lock().unwrap();
        known.since = known.since.checked_sub(time).unwrap();
    }

    /// Returns the minutes from `begun` to the time of the clock if the machine's time is
    /// `machine`.
    fn minutes(clock: &LogClock, begun: SystemTime, machine: SystemTime) -> u64 {
        let passed = clock.at(machine).duration_since(begun).unwrap();
        (passed + Duration::from_secs(1)).as_secs() / 60
    }

    #[test]
    fn the_clock_goes_on_from_the_newest_event_when_that_of_the_machine_is_set_back() {
        let begun = SystemTime::now();
        let clock = LogClock::at_opening(begun);
        assert_eq!(minutes(&clock, begun, begun), 0);
        clock.note(since_epoch_ms(begun + HOUR));
        assert_eq!(minutes(&clock, begun, begun), 60);
        assert_eq!(minutes(&clock, begun, begun + HOUR * 2), 120);
        pass(&clock, HOUR / 2);
        assert_eq!(minutes(&clock, begun, begun - HOUR), 90, "half an hour later");
    }

    #[test]
    fn an_event_that_is_read_again_does_not_set_the_clock_back() {
        let begun = SystemTime::now();
        let clock = LogClock::at_opening(begun);
        let newest = since_epoch_ms(begun + HOUR);
        clock.note(newest);
        pass(&clock, HOUR);
        clock.note(newest);
        assert_eq!(minutes(&clock, begun, begun), 120);
    }

    #[test]
    fn the_clock_does_not_go_back_behind_the_time_at_which_the_log_was_opened() {
        let begun = SystemTime::now();
        let clock = LogClock::at_opening(begun);
        pass(&clock, HOUR / 2);
        clock.note(since_epoch_ms(begun - HOUR));
        assert_eq!(minutes(&clock, begun, begun - HOUR), 30);
    }

    #[test]
    fn events_in_quick_succession_do_not_stop_the_clock() {
        let begun = SystemTime::now();
        let clock = LogClock::at_opening(begun + HOUR);
        for _ in 0..1000 {
            pass(&clock, Duration::from_micros(900));
            clock.note(since_epoch_ms(clock.at(begun)));
        }
        let passed = clock.at(begun).duration_since(begun + HOUR).unwrap();
        assert!(passed >= Duration::from_millis(900), "{passed:?}");
    }
}
