//! Options of event streams.

use std::time::Duration;

use super::jitter::{between, jittered};
use crate::retry::{MAX_RETRY, MIN_RETRY};

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

/// The options of an event stream. Each kind of event stream takes them, one by one or together.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Events, Result, answer::Send, prelude::stream};
/// use std::time::Duration;
///
/// use hyperpoint::StreamOptions;
///
/// /// The options of every stream of this application.
/// fn options() -> StreamOptions {
///     StreamOptions::default().keep_alive(Duration::from_secs(30)).done()
/// }
///
/// # async fn handle(send: Send<'_, Events<u32>>) -> Result {
/// send.event_stream_async("count", stream! { yield 1_u32; }).options(options()).await
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    pub(super) keep_alive: Duration,
    pub(super) max_age: Option<Duration>,
    pub(super) on_error: OnError,
    /// With jitter, unless the application set it.
    pub(super) retry: Duration,
    pub(super) sends_done: bool,
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
    /// Sets the time of inactivity after which a comment is sent to keep the connection alive. It is
    /// limited to between 1 ms and one year. Default: 15 s, times a random factor from 0.8 to 1.
    #[must_use]
    pub fn keep_alive(self, interval: Duration) -> Self {
        // 1 ms prevents a busy loop, and one year the overflow of an `Instant`.
        let keep_alive = interval.clamp(Duration::from_millis(1), Duration::from_hours(24 * 365));
        Self { keep_alive, ..self }
    }

    /// Sets how long the client waits before it reconnects. It is sent with the first event.
    /// Minimum: 250 ms. Default: 3 s, times a random factor from 0.8 to 1.2.
    #[must_use]
    pub fn retry(self, after: Duration) -> Self {
        Self { retry: after.clamp(MIN_RETRY, MAX_RETRY), ..self }
    }

    /// Returns how long the client waits before it reconnects.
    #[must_use]
    pub fn reconnection_delay(&self) -> Duration {
        self.retry
    }

    /// Sets the age at which the stream ends with an event `reconnect`. Default: unlimited; for a
    /// topic 15 min, times a random factor from 0.8 to 1.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(age), ..self }
    }

    /// Sets what is sent to the client when the stream fails. Default: [`OnError::SendProblem`].
    #[must_use]
    pub fn on_error(self, policy: OnError) -> Self {
        Self { on_error: policy, ..self }
    }

    /// Enables an event `done` at the end of the stream. Default: disabled.
    #[must_use]
    pub fn done(self) -> Self {
        Self { sends_done: true, ..self }
    }
}
