//! The arithmetic of a rate limit.

use std::time::Duration;

/// The longest wait for requests that were counted above the burst, in nanoseconds.
const LONGEST_DEBT: u64 = 3600 * 1_000_000_000;

/// A rate with a burst, by the generic cell rate algorithm (GCRA): a bucket is one number, the time
/// at which it is full again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// The time after which one request is available again, in nanoseconds.
    each: u64,
    /// The time after which a whole burst is available again, in nanoseconds.
    burst: u64,
}

impl Quota {
    /// Creates a quota of `requests` in each period `per`, with at most `burst` at once. Returns
    /// `None` if either count is 0.
    pub(super) fn new(requests: u32, per: Duration, burst: u32) -> Option<Self> {
        let each = per.checked_div(requests).filter(|_| burst > 0)?.as_nanos().max(1);
        let each = u64::try_from(each).unwrap_or(u64::MAX);
        Some(Self { each, burst: each.saturating_mul(burst.into()) })
    }

    /// Takes one request at the time `now`, in nanoseconds on the clock of `used_until`.
    ///
    /// # Errors
    ///
    /// Returns how long the client has to wait if the bucket is empty.
    pub(super) fn take(self, used_until: &mut u64, now: u64) -> Result<(), Duration> {
        let next = now.max(*used_until).saturating_add(self.each);
        if let Some(wait @ 1..) = (next - now).checked_sub(self.burst) {
            return Err(Duration::from_nanos(wait));
        }
        *used_until = next;
        Ok(())
    }

    /// Counts one request that was already made, even if the bucket is empty: the client then waits
    /// longer, by up to [`LONGEST_DEBT`].
    pub(super) fn owe(self, used_until: &mut u64, now: u64) {
        let longest = now.saturating_add(self.burst.saturating_add(LONGEST_DEBT));
        let next = now.max(*used_until).saturating_add(self.each);
        *used_until = next.min(longest).max(*used_until);
    }

    /// Puts back one request taken with [`take`](Self::take).
    pub(super) fn give_back(self, used_until: &mut u64) {
        *used_until = used_until.saturating_sub(self.each);
    }

    /// Returns the time by which every bucket is full again if no request is counted after `now`,
    /// including the longest debt of a client.
    pub(super) fn full_at(self, now: u64) -> u64 {
        now.saturating_add(self.burst).saturating_add(LONGEST_DEBT)
    }
}
