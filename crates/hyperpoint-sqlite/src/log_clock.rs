//! Owns the time of a log, which does not go back when the clock of the machine is set back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of a log. It shows the time of the machine, unless that is before the newest event: the clock then
/// goes on from the time of that event. So events expire in their time, and no event is older than those before
/// it.
#[derive(Debug)]
pub(crate) struct LogClock {
    newest: Mutex<Newest>,
}

/// The time of the newest event, and when this process learned it.
#[derive(Clone, Copy, Debug)]
struct Newest {
    at_ms: u64,
    since: Instant,
}

impl Default for LogClock {
    fn default() -> Self {
        Self { newest: Mutex::new(Newest { at_ms: 0, since: Instant::now() }) }
    }
}

impl LogClock {
    /// Notes the time of the newest event, in milliseconds since the Unix epoch. Another process may have stored
    /// it.
    pub(crate) fn note(&self, at_ms: u64) {
        *self.newest() = Newest { at_ms, since: Instant::now() };
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
        let Newest { at_ms, since } = *self.newest();
        let newest = UNIX_EPOCH.checked_add(Duration::from_millis(at_ms));
        let onwards = newest.and_then(|newest| newest.checked_add(since.elapsed()));
        onwards.map_or(machine, |onwards| onwards.max(machine))
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn the_clock_goes_on_from_the_newest_event_when_that_of_the_machine_is_set_back() {
        let clock = LogClock::default();
        let begun = SystemTime::now();
        assert_eq!(clock.at(begun), begun);
        let hour = Duration::from_hours(1);
        let minutes = |machine: SystemTime| {
            let passed = clock.at(machine).duration_since(begun).unwrap();
            (passed + Duration::from_secs(1)).as_secs() / 60
        };
        clock.note(since_epoch_ms(begun + hour));
        assert_eq!(minutes(begun), 60);
        assert_eq!(minutes(begun + hour * 2), 120);
        let mut newest = clock.newest.lock().unwrap();
        newest.since = newest.since.checked_sub(hour / 2).unwrap();
        drop(newest);
        assert_eq!(minutes(begun - hour), 90, "half an hour later");
    }
}
