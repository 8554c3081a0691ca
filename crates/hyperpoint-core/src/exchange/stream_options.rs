//! Options of event streams.

use std::time::Duration;

use hyperpoint_sse::MIN_RETRY;

/// What is sent to the client when the source of an event stream fails.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Events, Result, answer::Send, prelude::stream};
/// use hyperpoint::OnError;
///
/// # async fn handle(send: Send<'_, Events<u32>>) -> Result {
/// send.event_stream_async("count", stream! { yield 1_u32; }).on_error(OnError::End).await
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// An event `problem` with the public problem document, then a clean end. The default.
    #[default]
    SendProblem,
    /// Only a clean end.
    End,
}

/// The options of an event stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamOptions {
    /// Maximum time between two writes; an idle stream sends a comment.
    pub(crate) keep_alive: Duration,
    /// The age at which the client is asked to reconnect.
    pub(crate) max_age: Option<Duration>,
    pub(crate) on_error: OnError,
    /// The reconnection delay on the first event, with jitter unless the application set it.
    pub(crate) retry: Duration,
    /// Whether the stream ends with an event `done`.
    pub(crate) sends_done: bool,
}

/// The default keep-alive interval, before jitter.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The default reconnection delay, before jitter.
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
    /// Sets the keep-alive interval, limited to between 1 ms, to prevent a busy loop, and one year,
    /// to prevent the overflow of an `Instant`.
    pub(crate) fn keep_alive(self, interval: Duration) -> Self {
        let keep_alive = interval.clamp(Duration::from_millis(1), Duration::from_hours(24 * 365));
        Self { keep_alive, ..self }
    }
}

/// Multiplies the duration by a random factor from 0.8 to 1.2. The result is at least `MIN_RETRY`.
pub(crate) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(between(0.8, 1.2)).max(MIN_RETRY)
}

/// Returns a random number in this range.
pub(super) fn between(low: f64, high: f64) -> f64 {
    low + (high - low) * fastrand::f64()
}
