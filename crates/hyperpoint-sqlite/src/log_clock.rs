//! Owns the time of a log, which does not go back when the clock of the machine is set back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of a log, which never goes back in a process. It shows the time of the machine, or the time that has
/// passed since the latest known time, if that is later: the time at which the log was opened, or that of an event.
/// So events expire in their time, and no event is older than those before it.
#[derive(Debug)]
pub(crate) struct LogClock {
    known: Mutex<Known>,
}

/// A time, and when it was the current one.
#[derive(Clone, Copy, Debug)]
struct Known {
    time: SystemTime,
    since: Instant,
}

impl Known {
    /// Returns the time that follows from it.
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

    /// Records the time of an event that is stored, in milliseconds since the Unix epoch: the clock does not show an
    /// earlier one. Another process may have stored the event.
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

    /// Returns the time of the log at this time of the machine.
    fn at(&self, machine: SystemTime) -> SystemTime {
        self.known().onwards().max(machine)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a time in milliseconds since the Unix epoch.
pub(crate) fn since_epoch_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Lets time pass on the clock alone.
    fn pass(clock: &LogClock, time: Duration) {
        let mut known = clock.known.lock().unwrap();
        known.since = known.since.checked_sub(time).unwrap();
    }

    /// Returns the minutes from `begun` to the time of the clock, when that of the machine is `machine`.
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
