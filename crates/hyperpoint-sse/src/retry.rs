//! Owns the bounds of a client's wait before it reconnects. It must not know who asks for one.

use std::time::Duration;

/// The shortest wait that is ever written: 250 ms. A shorter one makes clients spin.
///
/// # Example
///
/// ```
/// assert_eq!(hyperpoint_sse::MIN_RETRY.as_millis(), 250);
/// ```
pub const MIN_RETRY: Duration = Duration::from_millis(250);

/// The longest wait that is ever written: 2³¹ − 1 ms, which is 24 days.
///
/// Timers of JavaScript overflow beyond it, and fire at once.
///
/// # Example
///
/// ```
/// assert_eq!(hyperpoint_sse::MAX_RETRY.as_millis(), 2_147_483_647);
/// ```
pub const MAX_RETRY: Duration = Duration::from_millis(2_147_483_647);

/// The nearest wait within the bounds.
pub(crate) fn bounded(wait: Duration) -> Duration {
    wait.clamp(MIN_RETRY, MAX_RETRY)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_RETRY, MIN_RETRY, bounded};

    #[test]
    fn line_12_a_wait_is_at_least_250_ms() {
        assert_eq!(bounded(Duration::ZERO), MIN_RETRY);
        assert_eq!(bounded(Duration::from_millis(249)), MIN_RETRY);
        assert_eq!(bounded(Duration::from_millis(251)), Duration::from_millis(251));
        assert_eq!(bounded(Duration::MAX), MAX_RETRY);
    }
}
