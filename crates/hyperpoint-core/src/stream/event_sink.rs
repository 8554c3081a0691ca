//! An event stream that the handler writes to as it goes.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_sse::{
    Encoder, EventName, Fields, InvalidData, MAX_RETRY, MIN_RETRY, StreamItem, TypedEvent,
};
use serde::Serialize;

use crate::exchange::{Exchange, OnError, Sent, StreamEnd, StreamOptions};
use crate::problem::Problem;

/// An event stream about to be opened. Await it to send the head.
///
/// For a HEAD request the await never returns: the head is all of the answer, and the handler is
/// dropped there.
///
/// # Errors
///
/// None as of now.
///
/// # Example
///
/// ```
/// # use std::time::Duration;
/// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
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

    /// How long the stream may be idle before a comment keeps it alive. Default: 15 s, times a
    /// random 0.8 to 1.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.options = self.options.keep_alive(interval);
        self
    }

    /// How long the client waits before it reconnects; it rides on the first event. At least
    /// 250 ms. Default: 3 s, times a random 0.8 to 1.2.
    pub fn retry(mut self, after: Duration) -> Self {
        self.options.retry = after.clamp(MIN_RETRY, MAX_RETRY);
        self
    }

    /// What the client reads when the handler returns an error. Default:
    /// [`OnError::SendProblem`].
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.options.on_error = policy;
        self
    }

    /// Sends an event `done` on [`EventSink::close`].
    pub fn done(mut self) -> Self {
        self.options.sends_done = true;
        self
    }
}

impl<'a, T> Future for OpenEventStream<'a, T> {
    type Output = Result<EventSink<'a, T>, Problem>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { exchange, options, .. } = *self;
        exchange.open_stream(options);
        if exchange.is_head_request() {
            // The head is all of the answer: the handler goes no further, and is dropped here.
            return Poll::Pending;
        }
        Poll::Ready(Ok(EventSink { exchange, options, kind: PhantomData }))
    }
}

/// An open event stream that the handler writes to as it goes: a model's tokens, a job's progress.
/// `T` is that of the endpoint's `Events<T>`.
///
/// The client is kept alive while the handler works. When the host stops, the handler may finish
/// within the drain window; then the stream is ended for it with an event `reconnect`. An error
/// that the handler returns is told to the client by an event `problem`.
///
/// # Example
///
/// ```
/// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
/// # async fn handle(send: Send<'_, Events>) -> Result<Sent, Problem> {
/// let mut events = send.open_event_stream_async().done().await?;
/// for percent in [0, 50, 100] {
///     events.send("progress", &percent).await?;
/// }
/// events.close().await
/// # }
/// ```
#[must_use = "close it: that makes the proof that the request was answered"]
pub struct EventSink<'a, T = StreamItem> {
    exchange: &'a Arc<Exchange>,
    options: StreamOptions,
    kind: PhantomData<fn(T)>,
}

impl<T> EventSink<'_, T> {
    /// Sends an event of this name with JSON data. Waits while the socket is shut.
    ///
    /// # Errors
    ///
    /// A 500 for a bad name or for data that can't be JSON; the stream goes on without it.
    ///
    /// # Cancel safety
    ///
    /// Safe: an event whose future is dropped before it is ready was not sent.
    pub async fn send<N, D>(&mut self, name: N, data: &D) -> Result<(), Problem>
    where
        N: TryInto<EventName, Error: Error + Send + Sync + 'static>,
        D: Serialize + Sync + ?Sized,
    {
        let name = name.try_into()?;
        self.write(|encoder, retry| {
            encoder.json(Fields { name: Some(&name), id: None, retry: *retry }, data)?;
            *retry = None;
            Ok(())
        })
        .await
    }

    /// Sends an item. Waits while the socket is shut.
    ///
    /// # Errors
    ///
    /// A 500 for an item that is too large; the stream goes on without it.
    ///
    /// # Cancel safety
    ///
    /// Safe: an item whose future is dropped before it is ready was not sent.
    pub async fn item(&mut self, item: &StreamItem) -> Result<(), Problem> {
        self.write(|encoder, retry| {
            if encoder.item_with_retry(item, *retry)? {
                *retry = None;
            }
            Ok(())
        })
        .await
    }

    /// Ends the stream, with an event `done` where that was asked for.
    ///
    /// # Errors
    ///
    /// None as of now.
    pub async fn close(self) -> Result<Sent, Problem> {
        self.exchange.finish(self.options, StreamEnd::Finished);
        Ok(Sent::new())
    }

    /// Writes once there is room.
    async fn write<W>(&mut self, write: W) -> Result<(), Problem>
    where
        W: FnOnce(&mut Encoder, &mut Option<Duration>) -> Result<(), InvalidData>,
    {
        let mut lease = poll_fn(|cx| self.exchange.poll_lease(cx)).await;
        let (encoder, retry) = lease.parts();
        write(encoder, retry)?;
        lease.commit();
        Ok(())
    }
}

// The bound stands here and not on the method, whose future would have it told three times.
impl<T: TypedEvent + Sync> EventSink<'_, T> {
    /// Sends an event of an enum with `#[derive(Events)]`, under the name of its variant. Waits while
    /// the socket is shut.
    ///
    /// # Errors
    ///
    /// A 500 for data that can't be JSON and for an id that is none; the stream goes on without it.
    ///
    /// # Cancel safety
    ///
    /// Safe: an event whose future is dropped before it is ready was not sent.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
    /// # use hyperpoint_sse::TypedEvent;
    /// # async fn handle<E: TypedEvent + Sync>(
    /// #     send: Send<'_, Events<E>>,
    /// #     steps: Vec<E>,
    /// # ) -> Result<Sent, Problem>
    /// # where Events<E>: hyperpoint_core::EventAnswer<E> {
    /// let mut events = send.open_event_stream_async().await?;
    /// for step in &steps {
    ///     events.event(step).await?;
    /// }
    /// events.close().await
    /// # }
    /// ```
    pub async fn event(&mut self, event: &T) -> Result<(), Problem> {
        self.write(|encoder, retry| {
            encoder.typed(event, *retry)?;
            *retry = None;
            Ok(())
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
        f.debug_struct("EventSink").field("options", &self.options).finish_non_exhaustive()
    }
}
