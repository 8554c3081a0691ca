//! A rate, and how a request is taken from it.

use std::time::Duration;

/// A rate with a burst, by the generic cell rate algorithm: what a client has used of it is one
/// number, the time at which all of it will have come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// How long one request takes to come back, in nanoseconds.
    each: u64,
    /// How long a whole burst takes to come back, in nanoseconds.
    burst: u64,
}

impl Quota {
    /// A rate of `requests` in a time, `burst` of them at once; `None` if either count is 0.
    pub(super) fn new(requests: u32, per: Duration, burst: u32) -> Option<Self> {
        let each = per.checked_div(requests).filter(|_| burst > 0)?.as_nanos().max(1);
        let each = u64::try_from(each).unwrap_or(u64::MAX);
        Some(Self { each, burst: each.saturating_mul(burst.into()) })
    }

    /// Takes one request at the time `now`, in nanoseconds on the clock of `used_until`.
    ///
    /// # Errors
    ///
    /// How long the client has to wait, if the burst is used up.
    pub(super) fn take(self, used_until: &mut u64, now: u64) -> Result<(), Duration> {
        let next = now.max(*used_until).saturating_add(self.each);
        if let Some(wait @ 1..) = (next - now).checked_sub(self.burst) {
            return Err(Duration::from_nanos(wait));
        }
        *used_until = next;
        Ok(())
    }

    /// Undoes one [`take`](Self::take).
    pub(super) fn give_back(self, used_until: &mut u64) {
        *used_until = used_until.saturating_sub(self.each);
    }

    /// The latest time at which something that is used at `now` has come back.
    pub(super) fn all_back(self, now: u64) -> u64 {
        now.saturating_add(self.burst)
    }
}
