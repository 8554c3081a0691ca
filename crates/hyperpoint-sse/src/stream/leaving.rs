//! The times at which streams end during shutdown. A stream that clients can resume is asked to end
//! at a random time within the drain window, so that clients do not all reconnect at once. Any
//! other stream may continue until 90 % of the window has passed.

use std::time::Duration;

use tokio::time::Instant;

use super::jitter::between;
use super::stopping::Stopping;

/// The fraction of the drain window over which streams are asked to end.
const SPREAD: f64 = 0.8;
/// The maximum duration over which streams are asked to end. A longer duration has no benefit:
/// reconnecting clients already reach another host.
const LONGEST_SPREAD: Duration = Duration::from_hours(1);
/// The fraction of the drain window that remains when streams that have not ended yet are ended by
/// the framework.
const CUT_BEFORE_WINDOW: f64 = 0.1;

/// Returns a random time at which a stream is asked to end, within the first 80 % of the drain
/// window and at most one hour after shutdown was requested.
pub(super) fn close_at(stopping: &Stopping) -> Instant {
    let spread = stopping.window().mul_f64(SPREAD).min(LONGEST_SPREAD);
    begun(stopping) + spread.mul_f64(between(0.0, 1.0))
}

/// Returns the time at which the framework ends a stream that has not ended yet: when 90 % of the
/// drain window has passed since shutdown was requested, or from now if it was not requested.
pub(super) fn cut_at(stopping: &Stopping) -> Instant {
    begun(stopping) + stopping.window().mul_f64(1.0 - CUT_BEFORE_WINDOW)
}

/// Returns the time at which shutdown was requested, or the current time if it was not requested.
fn begun(stopping: &Stopping) -> Instant {
    stopping.requested_at().unwrap_or_else(Instant::now)
}
