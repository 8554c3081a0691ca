//! Options of event streams.

use std::time::Duration;

use super::jitter::{between, jittered};
use super::kind::StreamKind;
use crate::retry::{MAX_RETRY, MIN_RETRY};

/// The event that is sent to the client when an event stream fails.
///
/// A stream of the kind [`AsWritten`](StreamKind::AsWritten) is cut in both cases, without an
/// event. To send an event of your own, call the method `on_error_item` of the stream.
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
    /// Sends an event `problem` with the public problem document on a stream for `EventSource`,
    /// then ends the stream cleanly. The default.
    #[default]
    SendProblem,
    /// Sends no event. A stream for `EventSource` ends cleanly.
    End,
}

/// The options of an event stream. The builders of event streams have methods that set one option,
/// and a method `options` that sets all options together.
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
    /// The reconnection delay. It includes jitter unless the application set it.
    pub(super) retry: Duration,
    /// Whether the application set the `retry`.
    sets_retry: bool,
    pub(super) sends_done: bool,
    /// The kind of a stream that no endpoint sends, or `None` if unset.
    pub(super) kind: Option<StreamKind>,
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
            sets_retry: false,
            sends_done: false,
            kind: None,
        }
    }
}

impl StreamOptions {
    /// Sets the time of inactivity after which a comment is sent to keep the connection alive. The
    /// time is limited to between 1 ms and one year. Default: 15 s, times a random factor from 0.8
    /// to 1.
    #[must_use]
    pub fn keep_alive(self, interval: Duration) -> Self {
        // 1 ms prevents a busy loop, and one year the overflow of an `Instant`.
        let keep_alive = interval.clamp(Duration::from_millis(1), Duration::from_hours(24 * 365));
        Self { keep_alive, ..self }
    }

    /// Sets how long the client waits before it reconnects. The delay is sent with the first event
    /// that has data. Minimum: 250 ms; maximum: 2³¹ − 1 ms. Default: 3 s, times a random factor
    /// from 0.8 to 1.2; unset for the kind [`AsWritten`](StreamKind::AsWritten).
    #[must_use]
    pub fn retry(self, after: Duration) -> Self {
        Self { retry: after.clamp(MIN_RETRY, MAX_RETRY), sets_retry: true, ..self }
    }

    /// Returns the reconnection delay to put on the first event of a stream of this kind, or `None`
    /// to send none.
    #[must_use]
    pub fn first_retry(&self, kind: StreamKind) -> Option<Duration> {
        (self.sets_retry || kind == StreamKind::ForEventSource).then_some(self.retry)
    }

    /// Returns how long the client waits before it reconnects.
    #[must_use]
    pub fn reconnection_delay(&self) -> Duration {
        self.retry
    }

    /// Sets the kind of a stream that a server other than Hyperpoint sends. Has no effect on the
    /// streams of an endpoint, whose kind the configuration of the endpoint sets. Default: the kind
    /// for the request's method, or `ForEventSource` if there is no request.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{StreamKind, StreamOptions};
    ///
    /// let options = StreamOptions::default().kind(StreamKind::AsWritten);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn kind(self, kind: StreamKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Sets the age at which the stream ends with an event `reconnect`. With the kind
    /// [`AsWritten`](StreamKind::AsWritten), the stream of a topic or of another source of frames
    /// ends without the event, and any other stream is cut. A handler that writes to the stream
    /// itself can continue after this age for 90 % of the drain window. Default: unlimited; for the
    /// stream of a topic for `EventSource`, 15 min times a random factor from 0.8 to 1.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(age), ..self }
    }

    /// Sets the event that is sent to the client when the stream fails. Default:
    /// [`OnError::SendProblem`].
    #[must_use]
    pub fn on_error(self, policy: OnError) -> Self {
        Self { on_error: policy, ..self }
    }

    /// Enables an event `done` at the end of a stream that finishes normally: its source ends, the
    /// handler closes it, or the future of `until` completes. Default: disabled.
    #[must_use]
    pub fn done(self) -> Self {
        Self { sends_done: true, ..self }
    }
}
