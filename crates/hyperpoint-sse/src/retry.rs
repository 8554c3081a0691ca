//! The limits of the reconnection time, which is how long a client waits before it reconnects.

use std::time::Duration;

/// The minimum reconnection time that the encoder writes: 250 ms. A shorter time makes clients
/// reconnect in a hot loop.
///
/// # Examples
///
/// ```
/// assert_eq!(hyperpoint::sse::MIN_RETRY.as_millis(), 250);
/// ```
pub const MIN_RETRY: Duration = Duration::from_millis(250);

/// The maximum reconnection time that the encoder writes: 2³¹ − 1 ms, about 24.9 days.
///
/// JavaScript timers overflow above this value and fire immediately.
///
/// # Examples
///
/// ```
/// assert_eq!(hyperpoint::sse::MAX_RETRY.as_millis(), 2_147_483_647);
/// ```
pub const MAX_RETRY: Duration = Duration::from_millis(2_147_483_647);

/// Clamps a reconnection time to between [`MIN_RETRY`] and [`MAX_RETRY`].
pub(crate) fn bounded(reconnection_time: Duration) -> Duration {
    reconnection_time.clamp(MIN_RETRY, MAX_RETRY)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_RETRY, MIN_RETRY, bounded};

    #[test]
    fn line_12_a_reconnection_time_is_at_least_250_ms() {
        assert_eq!(bounded(Duration::ZERO), MIN_RETRY);
        assert_eq!(bounded(Duration::from_millis(249)), MIN_RETRY);
        assert_eq!(bounded(Duration::from_millis(251)), Duration::from_millis(251));
        assert_eq!(bounded(Duration::MAX), MAX_RETRY);
    }
}
