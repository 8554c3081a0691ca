//! Event streams from a source.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_sse::StreamItem;
use hyperpoint_sse::stream::{OnError, StreamOptions};

use super::end::End;
use super::source::Source;
use crate::exchange::{ErrorItem, Exchange, Sent};
use crate::problem::{Problem, PublicProblem};

/// A response that streams events until its source ends. It is sent when it is awaited.
///
/// The head is sent immediately. The source is not polled while 8 KiB of events wait to be sent, so
/// a slow client slows down the source. The `await` completes when the source ends or fails, when
/// the future of [`until`](Self::until) completes, when the stream reaches its maximum age, when
/// the identity of the request expires or is revoked, and during the shutdown of the host. If the
/// client disconnects, the handler and the source are dropped at the current `await` of the
/// handler. For a HEAD request, the head is the whole response, and the handler is dropped at the
/// `await` of the stream.
///
/// # Errors
///
/// Before the head: a 500 for an invalid event name or, on a stream for `EventSource`, a reserved
/// one. If the response is [`JsonOrEvents`](crate::JsonOrEvents), also the problem with which the
/// stream is refused because the client does not accept event streams, a limit is exceeded, or the
/// host is shutting down. Later errors are logged, and end the stream as
/// [`on_error`](Self::on_error) defines; the `await` then returns [`Sent`], as after any other end.
///
/// # Cancel safety
///
/// If the future is dropped before completion, its source is dropped, and the handler has no
/// [`Sent`] to return. To end a stream early, use [`until`](Self::until) rather than `select!`.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use hyperpoint::{Events, Problem, Sent, answer::Send, prelude::{Stream, stream}};
/// # fn prices() -> impl Stream<Item = u32> { stream! { yield 1; } }
/// # async fn handle(send: Send<'_, Events<u32>>) -> Result<Sent, Problem> {
/// send.event_stream_async("price", prices())
///     .keep_alive(Duration::from_secs(30))
///     .max_age(Duration::from_hours(1))
///     .done()
///     .await
/// # }
/// ```
#[must_use = "an event stream is sent when it is awaited"]
pub struct EventStream<'a> {
    exchange: &'a Arc<Exchange>,
    /// The source, or a problem if the stream cannot start. `Err(None)` after the end of the
    /// stream.
    source: Result<Pin<Box<dyn Source + Send + 'a>>, Option<Problem>>,
    until: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    /// The options, or `None` after the stream was opened. Boxed, so that an open stream reserves
    /// no memory for them.
    options: Option<Box<StreamOptions>>,
}

impl<'a> EventStream<'a> {
    pub(crate) fn new(
        exchange: &'a Arc<Exchange>,
        source: Result<Pin<Box<dyn Source + Send + 'a>>, Problem>,
    ) -> Self {
        let source = source.map_err(Some);
        Self { exchange, source, until: None, options: Some(Box::default()) }
    }

    /// Sets all options of the stream together. Replaces the options that were set before.
    pub fn options(self, options: StreamOptions) -> Self {
        self.change(|_| options)
    }

    /// Sets the time of inactivity after which a comment is sent to keep the connection alive. The
    /// time is limited to between 1 ms and one year. Default: 15 s, times a random factor from 0.8
    /// to 1.
    pub fn keep_alive(self, interval: Duration) -> Self {
        self.change(|options| options.keep_alive(interval))
    }

    /// Sets how long the client waits before it reconnects. The delay is sent with the first event
    /// that has data. Minimum: 250 ms; maximum: 2³¹ − 1 ms. Default: 3 s, times a random factor
    /// from 0.8 to 1.2; for a stream as written, no delay is sent by default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, OnError, Result, answer::Send, prelude::stream};
    /// # async fn handle(send: Send<'_, Events<u32>>) -> Result {
    /// send.event_stream_async("count", stream! { yield 1_u32; })
    ///     .retry(Duration::from_secs(10))
    ///     .on_error(OnError::End)
    ///     .await
    /// # }
    /// ```
    pub fn retry(self, after: Duration) -> Self {
        self.change(|options| options.retry(after))
    }

    /// Sets the maximum age of the stream. At that age, the stream ends with an event `reconnect`;
    /// a stream as written is aborted. Default: unlimited.
    pub fn max_age(self, age: Duration) -> Self {
        self.change(|options| options.max_age(age))
    }

    /// Sets the policy for errors: what is sent to the client if the source fails. A stream as
    /// written is aborted with any policy. Default: [`OnError::SendProblem`].
    pub fn on_error(self, policy: OnError) -> Self {
        self.change(|options| options.on_error(policy))
    }

    /// Sets the function that creates the item to send if the source fails. The function receives
    /// the public part of the problem, and its item replaces the event `problem`. After the item, a
    /// stream for `EventSource` ends, and a stream as written is aborted. Default: the policy of
    /// [`on_error`](Self::on_error) applies.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Result, answer::Send, prelude::stream};
    /// use hyperpoint::{EventName, PublicProblem, StreamItem};
    ///
    /// const ERROR: EventName = EventName::from_static("error");
    ///
    /// fn failed(problem: &PublicProblem<'_>) -> StreamItem {
    ///     StreamItem::text(problem.title()).named(ERROR)
    /// }
    ///
    /// # async fn handle(send: Send<'_, Events<u32>>) -> Result {
    /// send.event_stream_async("count", stream! { yield 1_u32; }).on_error_item(failed).await
    /// # }
    /// ```
    pub fn on_error_item(
        self,
        item: impl Fn(&PublicProblem<'_>) -> StreamItem + Send + Sync + 'static,
    ) -> Self {
        self.exchange.set_error_item(ErrorItem::new(item));
        self
    }

    /// Sends an event `done` when the source ends or the future of [`until`](Self::until)
    /// completes. Because an `EventSource` reconnects after the end of a stream, the page should
    /// close the `EventSource` on `done`. Default: disabled.
    pub fn done(self) -> Self {
        self.change(StreamOptions::done)
    }

    /// Ends the stream when this future completes. Items that the source has ready at that time are
    /// not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Cx, Endpoint, Events, Result, prelude::stream};
    /// # use std::time::Duration;
    /// # async fn handle<E: Endpoint<Response = Events<u32>>>(cx: Cx<'_, E>) -> Result {
    /// let minute = async { tokio::time::sleep(Duration::from_secs(60)).await };
    /// cx.send.event_stream_async("count", stream! { yield 1_u32; }).until(minute).await
    /// # }
    /// ```
    pub fn until<F>(mut self, future: F) -> Self
    where
        F: Future<Output = ()> + Send + 'a,
    {
        self.until = Some(Box::pin(future));
        self
    }

    fn change(mut self, change: impl FnOnce(StreamOptions) -> StreamOptions) -> Self {
        if let Some(options) = &mut self.options {
            **options = change(**options);
        }
        self
    }

    /// Writes events until the stream ends, and returns the reason for the end.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.exchange.is_head_request() {
            return Poll::Pending;
        }
        if self.exchange.stream().is_closing() {
            return Poll::Ready(End::Reconnect);
        }
        if self.until.as_mut().is_some_and(|until| until.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(End::Until);
        }
        let Ok(source) = &mut self.source else {
            return Poll::Pending;
        };
        let written = self
            .exchange
            .stream()
            .poll_write(cx, |cx, encoder, retry| source.as_mut().poll_write(cx, encoder, retry));
        if written.is_pending() {
            self.exchange.stream().wait(cx);
        }
        written.map(|result| match result {
            Ok(()) => End::Finished,
            Err(problem) => End::Failed(problem),
        })
    }
}

impl Future for EventStream<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Err(problem) = &mut this.source {
            let polled_again = || Problem::internal("an event stream was polled after completion");
            return Poll::Ready(Err(problem.take().unwrap_or_else(polled_again)));
        }
        if let Some(options) = this.options.take()
            && let Err(problem) = this.exchange.open_stream(*options, None)
        {
            this.source = Err(None);
            return Poll::Ready(Err(problem));
        }
        this.poll_end(cx).map(|end| {
            let sent = end.send(this.exchange);
            // Drops the source before the remaining code of the handler runs.
            this.source = Err(None);
            Ok(sent)
        })
    }
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("options", &self.options).finish_non_exhaustive()
    }
}
