//! An answer that streams events from a source.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyperpoint_sse::{MAX_RETRY, MIN_RETRY};

use super::source::Source;
use crate::exchange::{Exchange, Lease, OnError, Sent, StreamEnd, StreamOptions};
use crate::problem::Problem;

/// An event stream on its way to the client, until its source ends. Await it to send it.
///
/// The head goes out at once; then the client's socket sets the pace: while it is shut, the source
/// is not polled. The await returns when the source ends, fails or is cut short, when the stream
/// reaches its age, and when the host stops. When the client leaves, the handler is dropped where
/// it stands, and with it the source.
///
/// # Errors
///
/// A 500 for an event name that is none, before the head. What fails later is told in the stream
/// and logged; the await then gives its [`Sent`] as after any other end.
///
/// # Cancel safety
///
/// Dropping it leaves an answer without an end: return the [`Sent`] it gives, and cut a stream
/// short with [`until`](Self::until), not with `select!`.
///
/// # Example
///
/// ```
/// # use std::time::Duration;
/// # use futures_core::Stream;
/// # use hyperpoint_core::{Events, Problem, Sent, answer::Send};
/// # fn prices() -> impl Stream<Item = u32> { futures_util::stream::empty() }
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
    /// A problem in place of the source where the stream can't begin.
    source: Result<Pin<Box<dyn Source + Send + 'a>>, Option<Problem>>,
    until: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    options: StreamOptions,
    is_open: bool,
}

impl<'a> EventStream<'a> {
    pub(crate) fn new(
        exchange: &'a Arc<Exchange>,
        source: Result<Pin<Box<dyn Source + Send + 'a>>, Problem>,
    ) -> Self {
        let options = StreamOptions::default();
        let source = source.map_err(Some);
        Self { exchange, source, until: None, options, is_open: false }
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

    /// The age at which the stream ends with an event `reconnect`. Default: none.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.options.max_age = Some(age);
        self
    }

    /// What the client reads when the source fails. Default: [`OnError::SendProblem`].
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.options.on_error = policy;
        self
    }

    /// Sends an event `done` when the source ends or [`until`](Self::until) cuts it short. To an
    /// `EventSource` a plain end means "reconnect"; its page closes it on `done`.
    pub fn done(mut self) -> Self {
        self.options.sends_done = true;
        self
    }

    /// Ends the stream when this future ends. What the source has ready by then is not sent.
    pub fn until<F>(mut self, future: F) -> Self
    where
        F: Future<Output = ()> + Send + 'a,
    {
        self.until = Some(Box::pin(future));
        self
    }

    /// Leaves the head.
    fn open(&mut self) {
        self.is_open = true;
        self.exchange.open_stream(self.options);
    }

    /// Moves ready events into the lease until the frame is full.
    fn poll_source(&mut self, cx: &mut Context<'_>, mut lease: Lease<'_>) -> Poll<End> {
        let Ok(source) = &mut self.source else {
            return Poll::Pending;
        };
        while !lease.is_full() {
            let (encoder, retry) = lease.parts();
            match source.as_mut().poll_write(cx, encoder, retry) {
                Poll::Ready(Some(Ok(()))) => lease.commit(),
                Poll::Ready(Some(Err(problem))) => return Poll::Ready(End::Failed(problem)),
                Poll::Ready(None) => return Poll::Ready(End::Finished),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.exchange.is_head_request() {
            return Poll::Pending;
        }
        if self.exchange.is_closing() {
            return Poll::Ready(End::Closing);
        }
        if self.until.as_mut().is_some_and(|until| until.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(End::Until);
        }
        let end = match self.exchange.poll_lease(cx) {
            Poll::Ready(lease) => self.poll_source(cx, lease),
            Poll::Pending => Poll::Pending,
        };
        if end.is_pending() {
            self.exchange.wait(cx);
        }
        end
    }
}

/// Why a stream is over.
enum End {
    Finished,
    Until,
    Failed(Problem),
    Closing,
}

impl Future for EventStream<'_> {
    type Output = Result<Sent, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Err(problem) = &mut this.source {
            let polled_again = || Problem::internal("an event stream was polled after its end");
            return Poll::Ready(Err(problem.take().unwrap_or_else(polled_again)));
        }
        if !this.is_open {
            this.open();
        }
        this.poll_end(cx).map(|end| {
            match end {
                End::Finished => this.exchange.finish(this.options, StreamEnd::Finished),
                End::Until => this.exchange.finish(this.options, StreamEnd::Until),
                End::Failed(problem) => this.exchange.fail(problem),
                End::Closing => this.exchange.send_reconnect(this.options.retry),
            }
            // The source is dropped here, and not when the code behind the await is through.
            this.source = Err(None);
            Ok(Sent::new())
        })
    }
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("options", &self.options).finish_non_exhaustive()
    }
}
