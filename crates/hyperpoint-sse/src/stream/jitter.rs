//! Random factors, which keep streams that started together from acting together.

use std::time::Duration;

use crate::retry::MIN_RETRY;

/// Multiplies the duration by a random factor from 0.8 to 1.2. The result is at least `MIN_RETRY`.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(between(0.8, 1.2)).max(MIN_RETRY)
}

/// Returns a random number from `low` to `high`.
pub(super) fn between(low: f64, high: f64) -> f64 {
    low + (high - low) * fastrand::f64()
}
