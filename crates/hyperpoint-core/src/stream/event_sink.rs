//! Event streams that the handler writes to.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_sse::stream::{OnError, StreamEnd, StreamOptions};
use hyperpoint_sse::{Encoder, EventName, Fields, InvalidData, StreamItem, TypedEvent};
use serde::Serialize;

use crate::exchange::{ErrorItem, Exchange, Sent};
use crate::problem::{Problem, PublicProblem};

/// A builder for an event stream. Awaiting it opens the stream and sends the head.
///
/// For a HEAD request, the `await` never completes: the head is the whole response, and the handler
/// is dropped at this `await`.
///
/// # Errors
///
/// If the response is [`JsonOrEvents`](crate::JsonOrEvents): the problem with which the stream is
/// refused because the client does not accept event streams, a limit is exceeded, or the host is
/// shutting down. Return it from the handler.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use hyperpoint::{Events, Problem, Sent, answer::Send};
/// # async fn handle(send: Send<'_, Events>) -> Result<Sent, Problem> {
/// let mut events = send
///     .open_event_stream_async()
///     .keep_alive(Duration::from_secs(30))
///     .done()
///     .await?;
/// events.send("step", "baked").await?;
/// events.close().await
/// # }
/// ```
#[must_use = "the stream is opened when this is awaited"]
pub struct OpenEventStream<'a, T = StreamItem> {
    exchange: &'a Arc<Exchange>,
    options: StreamOptions,
    kind: PhantomData<fn(T)>,
}

impl<'a, T> OpenEventStream<'a, T> {
    pub(crate) fn new(exchange: &'a Arc<Exchange>) -> Self {
        Self { exchange, options: StreamOptions::default(), kind: PhantomData }
    }

    /// Sets all options of the stream together. Replaces the options that were set before.
    pub fn options(mut self, options: StreamOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the time of inactivity after which a comment is sent to keep the connection alive. The
    /// time is limited to between 1 ms and one year. Default: 15 s, times a random factor from 0.8
    /// to 1.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.options = self.options.keep_alive(interval);
        self
    }

    /// Sets how long the client waits before it reconnects. The delay is sent with the first event
    /// that has data. Minimum: 250 ms; maximum: 2³¹ − 1 ms. Default: 3 s, times a random factor
    /// from 0.8 to 1.2; for a stream as written, no delay is sent by default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hyperpoint::{Events, OnError, Result, answer::Send};
    /// # async fn handle(send: Send<'_, Events>) -> Result {
    /// let opening = send.open_event_stream_async().retry(Duration::from_secs(10));
    /// let events = opening.on_error(OnError::End).await?;
    /// events.close().await
    /// # }
    /// ```
    pub fn retry(mut self, after: Duration) -> Self {
        self.options = self.options.retry(after);
        self
    }

    /// Sets the policy for errors: what is sent to the client if the handler returns an error. A
    /// stream as written is aborted with any policy. Default: [`OnError::SendProblem`].
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.options = self.options.on_error(policy);
        self
    }

    /// Sets the function that creates the item to send if the handler returns an error. The
    /// function receives the public part of the problem, and its item replaces the event `problem`.
    /// After the item, a stream for `EventSource` ends, and a stream as written is aborted.
    /// Default: the policy of [`on_error`](Self::on_error) applies.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Result, answer::Send};
    /// use hyperpoint::{EventName, PublicProblem, StreamItem};
    ///
    /// const ERROR: EventName = EventName::from_static("error");
    ///
    /// fn failed(problem: &PublicProblem<'_>) -> StreamItem {
    ///     StreamItem::text(problem.title()).named(ERROR)
    /// }
    ///
    /// # async fn handle(send: Send<'_, Events>) -> Result {
    /// let events = send.open_event_stream_async().on_error_item(failed).await?;
    /// events.close().await
    /// # }
    /// ```
    pub fn on_error_item(
        self,
        item: impl Fn(&PublicProblem<'_>) -> StreamItem + Send + Sync + 'static,
    ) -> Self {
        self.exchange.set_error_item(ErrorItem::new(item));
        self
    }

    /// Enables an event `done`, which [`EventSink::close`] sends. Default: disabled.
    pub fn done(mut self) -> Self {
        self.options = self.options.done();
        self
    }
}

impl<'a, T> Future for OpenEventStream<'a, T> {
    type Output = Result<EventSink<'a, T>, Problem>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { exchange, options, .. } = *self;
        exchange.open_stream(options, None)?;
        if exchange.is_head_request() {
            // The head is the whole response, so the handler stays at this `await` and is dropped.
            return Poll::Pending;
        }
        Poll::Ready(Ok(EventSink { exchange, kind: PhantomData }))
    }
}

/// An open event stream to which the handler writes, for instance the tokens of a model or the
/// progress of a job. `T` is the parameter of the endpoint's `Events<T>`.
///
/// Comments keep the connection alive while the handler works. During shutdown, the handler may
/// finish until 90 % of the drain window (`ServerOptions::drain_window`) has passed. Then, or when
/// the identity of the request expires or is revoked, the handler is dropped and the stream ends
/// with an event `reconnect`. An error that the handler returns is sent to the client as an event
/// `problem`, unless an option of the stream disables or replaces that event. In all these cases, a
/// stream as written is aborted.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Events, Problem, Sent, answer::Send};
/// # async fn handle(send: Send<'_, Events>) -> Result<Sent, Problem> {
/// let mut events = send.open_event_stream_async().done().await?;
/// for percent in [0, 50, 100] {
///     events.send("progress", &percent).await?;
/// }
/// events.close().await
/// # }
/// ```
#[must_use = "call `close`: it returns the proof that the request was answered"]
pub struct EventSink<'a, T = StreamItem> {
    exchange: &'a Arc<Exchange>,
    kind: PhantomData<fn(T)>,
}

impl<T> EventSink<'_, T> {
    /// Buffers an event of this name with JSON data for sending. Waits while the buffer of the
    /// stream is full (8 KiB).
    ///
    /// # Errors
    ///
    /// A 500 for an invalid name, data that cannot be serialized as JSON, an event of more than 8
    /// MiB or, on a stream for `EventSource`, a reserved name. The event is skipped, and the stream
    /// remains open.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if the future is dropped before completion, the event was not buffered.
    pub async fn send<N, D>(&mut self, name: N, data: &D) -> Result<(), Problem>
    where
        N: TryInto<EventName, Error: Error + Send + Sync + 'static>,
        D: Serialize + Sync + ?Sized,
    {
        let name = name.try_into()?;
        self.exchange.check_name(Some(&name))?;
        self.write(|encoder, retry| {
            encoder.json(Fields { name: Some(&name), id: None, retry: *retry }, data)?;
            *retry = None;
            Ok(true)
        })
        .await
    }

    /// Buffers an item for sending. Waits while the buffer of the stream is full (8 KiB).
    ///
    /// # Errors
    ///
    /// A 500 for an item of more than 8 MiB or, on a stream for `EventSource`, with a reserved
    /// name. The item is skipped, and the stream remains open.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if the future is dropped before completion, the item was not buffered.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Result, StreamItem, answer::Send};
    /// # async fn handle(send: Send<'_, Events>) -> Result {
    /// let mut events = send.open_event_stream_async().await?;
    /// events.item(&StreamItem::text("baked")).await?;
    /// events.close().await
    /// # }
    /// ```
    pub async fn item(&mut self, item: &StreamItem) -> Result<(), Problem> {
        self.exchange.check_name(item.event_name())?;
        self.write(|encoder, retry| {
            let is_event = encoder.item_with_retry(item, *retry)?;
            if is_event {
                *retry = None;
            }
            Ok(is_event)
        })
        .await
    }

    /// Ends the stream, with an event `done` if the event is [enabled](OpenEventStream::done).
    ///
    /// # Errors
    ///
    /// Currently, this method never returns an error.
    pub async fn close(self) -> Result<Sent, Problem> {
        self.exchange.stream().finish(StreamEnd::Finished);
        Ok(Sent::new())
    }

    /// Waits until fewer than 8 KiB are buffered, then calls `write` with the encoder of the buffer
    /// and the pending `retry`. `write` writes one event or comment, and returns whether it is an
    /// event. Discards the bytes that `write` has written if it returns an error.
    async fn write<W>(&mut self, write: W) -> Result<(), Problem>
    where
        W: FnOnce(&mut Encoder, &mut Option<Duration>) -> Result<bool, InvalidData>,
    {
        let mut lease = poll_fn(|cx| self.exchange.stream().poll_lease(cx)).await;
        let (encoder, retry) = lease.parts();
        let is_event = write(encoder, retry)?;
        lease.commit(is_event);
        Ok(())
    }
}

// The bound `TypedEvent` is on the impl and not on the method. Otherwise, the compiler would report
// an unmet bound three times, because of the method's future.
impl<T: TypedEvent + Sync> EventSink<'_, T> {
    /// Buffers an event of an enum with `#[derive(Events)]` for sending, under the name of its
    /// variant. Waits while the buffer of the stream is full (8 KiB).
    ///
    /// # Errors
    ///
    /// A 500 for data that cannot be serialized as JSON, an invalid id, an event of more than 8 MiB
    /// or, on a stream for `EventSource`, a reserved name. The event is skipped, and the stream
    /// remains open.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if the future is dropped before completion, the event was not buffered.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Events, Problem, Sent, answer::Send};
    /// # use hyperpoint::TypedEvent;
    /// # async fn handle<E: TypedEvent + Sync>(
    /// #     send: Send<'_, Events<E>>,
    /// #     steps: Vec<E>,
    /// # ) -> Result<Sent, Problem>
    /// # where Events<E>: hyperpoint::EventAnswer<E> {
    /// let mut events = send.open_event_stream_async().await?;
    /// for step in &steps {
    ///     events.event(step).await?;
    /// }
    /// events.close().await
    /// # }
    /// ```
    pub async fn event(&mut self, event: &T) -> Result<(), Problem> {
        self.exchange.check_name(Some(event.event_name()))?;
        self.write(|encoder, retry| {
            encoder.typed(event, *retry)?;
            *retry = None;
            Ok(true)
        })
        .await
    }
}

impl<T> fmt::Debug for OpenEventStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenEventStream").field("options", &self.options).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for EventSink<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSink").finish_non_exhaustive()
    }
}
