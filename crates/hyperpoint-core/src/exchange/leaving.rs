//! When streams leave a host that stops: each at a time of its own within the window, so that those
//! who come back do not come all at once.

use std::time::Duration;

use tokio::time::Instant;

use super::stream_options::between;
use crate::lifetime::Stopping;

/// The part of the drain window over which streams are asked to end.
const SPREAD: f64 = 0.8;
/// Longer is no use: by then whoever comes back finds another host.
const LONGEST_SPREAD: Duration = Duration::from_hours(1);
/// What is left of the drain window when a stream that did not end is ended for it.
const CUT_BEFORE_WINDOW: f64 = 0.1;

/// When a stream is asked to end, of a host that was asked to stop.
pub(super) fn close_at(stopping: &Stopping) -> Instant {
    let spread = stopping.window().mul_f64(SPREAD).min(LONGEST_SPREAD);
    begun(stopping) + spread.mul_f64(between(0.0, 1.0))
}

/// When a stream that is asked to end now is ended for it.
pub(super) fn cut_at(stopping: &Stopping) -> Instant {
    begun(stopping) + stopping.window().mul_f64(1.0 - CUT_BEFORE_WINDOW)
}

/// When the host was asked to stop, or now.
fn begun(stopping: &Stopping) -> Instant {
    stopping.requested_at().unwrap_or_else(Instant::now)
}
