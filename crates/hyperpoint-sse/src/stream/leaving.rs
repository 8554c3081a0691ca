//! The times at which streams end during shutdown. Each stream is asked to end at a random time
//! within the drain window, so that clients do not all reconnect at once.

use std::time::Duration;

use tokio::time::Instant;

use super::jitter::between;
use super::stopping::Stopping;

/// The fraction of the drain window over which streams are asked to end.
const SPREAD: f64 = 0.8;
/// The maximum duration over which streams are asked to end. A longer one has no benefit:
/// reconnecting clients already reach another host.
const LONGEST_SPREAD: Duration = Duration::from_hours(1);
/// The fraction of the drain window that remains when streams that have not ended are cut.
const CUT_BEFORE_WINDOW: f64 = 0.1;

/// Returns a random time at which a stream is asked to end, after shutdown was requested.
pub(super) fn close_at(stopping: &Stopping) -> Instant {
    let spread = stopping.window().mul_f64(SPREAD).min(LONGEST_SPREAD);
    begun(stopping) + spread.mul_f64(between(0.0, 1.0))
}

/// Returns the time at which a stream that has not ended is cut.
pub(super) fn cut_at(stopping: &Stopping) -> Instant {
    begun(stopping) + stopping.window().mul_f64(1.0 - CUT_BEFORE_WINDOW)
}

/// Returns the time at which shutdown was requested, or the current time if it was not requested.
fn begun(stopping: &Stopping) -> Instant {
    stopping.requested_at().unwrap_or_else(Instant::now)
}
