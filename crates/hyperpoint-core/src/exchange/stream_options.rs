//! How an event stream behaves beside its events.

use std::time::Duration;

use hyperpoint_sse::MIN_RETRY;

/// What a client reads when the stream's source fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// An event `problem` with the public problem document, and a clean end. The default.
    #[default]
    SendProblem,
    /// A clean end alone.
    End,
}

/// How an event stream behaves beside its events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamOptions {
    /// Between two writes of an idle stream.
    pub(crate) keep_alive: Duration,
    pub(crate) max_age: Option<Duration>,
    pub(crate) on_error: OnError,
    /// For the first event; jittered unless the user chose it.
    pub(crate) retry: Duration,
    pub(crate) sends_done: bool,
}

const KEEP_ALIVE: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_secs(3);

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            keep_alive: KEEP_ALIVE.mul_f64(between(0.8, 1.0)),
            max_age: None,
            on_error: OnError::default(),
            retry: jittered(RETRY),
            sends_done: false,
        }
    }
}

impl StreamOptions {
    /// Never a hot loop, and never so long that it overflows a clock.
    pub(crate) fn keep_alive(self, interval: Duration) -> Self {
        let keep_alive = interval.clamp(Duration::from_millis(1), Duration::from_hours(24 * 365));
        Self { keep_alive, ..self }
    }
}

/// The duration times a random 0.8 to 1.2, and never a hot loop for the client.
pub(crate) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(between(0.8, 1.2)).max(MIN_RETRY)
}

/// A random number between these.
pub(super) fn between(low: f64, high: f64) -> f64 {
    low + (high - low) * fastrand::f64()
}
