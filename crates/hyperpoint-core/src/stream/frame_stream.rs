//! Event streams whose encoded frames are shared with other streams.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperpoint_sse::StreamItem;
use hyperpoint_sse::stream::{
    FrameEnd, FrameSource, FrameStart, StreamKind, StreamOptions, last_event_id,
};

use super::end::End;
use crate::exchange::{ErrorItem, Exchange, Sent};
use crate::problem::{Problem, PublicProblem};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Between<'a, S> = Box<dyn FnMut(Box<S>) -> BoxFuture<'a, Result<Box<S>, Problem>> + Send + 'a>;

/// A response that streams shared frames until their source ends. It is sent when it is awaited.
///
/// It behaves like an [`EventStream`](crate::EventStream), but the response body polls the source
/// directly. The handler is polled only if another future that it awaits wakes it, if the source
/// ends or pauses, or if the stream is to end.
///
/// # Errors
///
/// If the response is [`JsonOrEvents`](crate::JsonOrEvents): the problem with which the stream is
/// refused because the client does not accept event streams, a limit is exceeded, or the host is
/// shutting down. Later errors are logged, and end the stream as its options define.
///
/// # Cancel safety
///
/// If the future is dropped before completion, the source is dropped, and the handler has no
/// [`Sent`] to return. To end a stream early, use [`until`](Self::until) rather than `select!`.
#[must_use = "a stream is sent when it is awaited"]
pub struct FrameStream<'a, S> {
    exchange: &'a Arc<Exchange>,
    /// Boxed, because most streams have none.
    hooks: Option<Box<Hooks<'a, S>>>,
    state: State<'a, S>,
}

/// The futures and functions that an application runs while the stream is open.
struct Hooks<'a, S> {
    until: Option<BoxFuture<'a, ()>>,
    between: Option<Between<'a, S>>,
}

/// The state of a frame stream.
enum State<'a, S> {
    /// The source has not been passed to the body yet. Boxed, so that an open stream reserves no
    /// memory for the options.
    New(Box<New<S>>),
    /// The body polls the source.
    Open,
    /// The source is paused until the `between` future completes.
    Paused(BoxFuture<'a, Result<Box<S>, Problem>>),
    Over,
}

/// A stream that has not been opened yet.
struct New<S> {
    source: Box<S>,
    options: StreamOptions,
}

impl<'a, S: FrameSource> FrameStream<'a, S> {
    pub(crate) fn new(exchange: &'a Arc<Exchange>, source: S) -> Self {
        let new = New { source: Box::new(source), options: StreamOptions::default() };
        Self { exchange, hooks: None, state: State::New(Box::new(new)) }
    }

    /// Returns the kind of the stream: as written or for `EventSource`.
    #[must_use]
    pub fn kind(&self) -> StreamKind {
        self.exchange.stream().kind()
    }

    /// Sets the function that creates the item to send if the stream fails. The function receives
    /// the public part of the problem. After the item, a stream for `EventSource` ends, and a
    /// stream as written is aborted. Default: the error policy of the options applies.
    pub fn on_error_item(
        self,
        item: impl Fn(&PublicProblem<'_>) -> StreamItem + Send + Sync + 'static,
    ) -> Self {
        self.exchange.set_error_item(ErrorItem::new(item));
        self
    }

    /// Replaces the source with the result of this function. Has no effect once the stream has been
    /// polled.
    pub fn change(mut self, change: impl FnOnce(S) -> S) -> Self {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::New(new) => {
                let New { source, options } = *new;
                State::New(Box::new(New { source: Box::new(change(*source)), options }))
            }
            other => other,
        };
        self
    }

    /// Replaces the options of the stream with the result of this function. Has no effect once the
    /// stream has been polled.
    pub fn options(mut self, change: impl FnOnce(StreamOptions) -> StreamOptions) -> Self {
        if let State::New(new) = &mut self.state {
            new.options = change(new.options);
        }
        self
    }

    /// Ends the stream when this future completes. The future is polled when the stream opens, and
    /// then only while the source has no frame ready.
    pub fn until<F>(mut self, future: F) -> Self
    where
        F: Future<Output = ()> + Send + 'a,
    {
        self.hooks().until = Some(Box::pin(future));
        self
    }

    /// Sets a function that is called when the source pauses. The function receives the source and
    /// returns it to resume the stream. Default: the stream ends when the source pauses.
    pub fn between<F, W>(mut self, mut work: F) -> Self
    where
        F: FnMut(Box<S>) -> W + Send + 'a,
        W: Future<Output = Result<Box<S>, Problem>> + Send + 'a,
    {
        self.hooks().between = Some(Box::new(move |source| Box::pin(work(source))));
        self
    }

    fn hooks(&mut self) -> &mut Hooks<'a, S> {
        self.hooks.get_or_insert_with(|| Box::new(Hooks { until: None, between: None }))
    }

    /// Stores the options and the source in the exchange, so that the head is sent.
    fn open(&mut self) -> Result<(), Problem> {
        if let State::New(new) = std::mem::replace(&mut self.state, State::Open) {
            let New { mut source, options } = *new;
            let (kind, last_id) = (self.kind(), last_event_id(self.exchange.request()));
            let retry = options.first_retry(kind);
            source.open(FrameStart { last_event_id: last_id.as_deref(), retry, kind });
            self.exchange.open_stream(options, Some(source))?;
        }
        Ok(())
    }

    /// Waits for the end of the stream, and runs the `between` futures.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.exchange.is_head_request() {
            return Poll::Pending;
        }
        let until = self.hooks.as_mut().and_then(|hooks| hooks.until.as_mut());
        if until.is_some_and(|until| until.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(End::Until);
        }
        loop {
            match &mut self.state {
                State::New(_) | State::Over => return Poll::Pending,
                State::Open => match self.exchange.stream().take_ended() {
                    None => return Poll::Pending,
                    Some((_, FrameEnd::Reconnect)) => return Poll::Ready(End::Reconnect),
                    Some((_, FrameEnd::Gap)) => return Poll::Ready(End::Gap),
                    Some((_, FrameEnd::Failed(error))) => {
                        return Poll::Ready(End::Failed(Problem::from(error)));
                    }
                    Some((source, FrameEnd::Paused)) => {
                        let source: Box<dyn Any> = source;
                        let between = self.hooks.as_mut().and_then(|hooks| hooks.between.as_mut());
                        match (between, source.downcast::<S>()) {
                            (Some(work), Ok(source)) => self.state = State::Paused(work(source)),
                            _ => return Poll::Ready(End::Finished),
                        }
                    }
                    // The remaining variant is `FrameEnd::Finished`.
                    Some(_) => return Poll::Ready(End::Finished),
                },
                State::Paused(_) if self.exchange.stream().is_closing() => {
                    return Poll::Ready(End::Reconnect);
                }
                State::Paused(work) => match work.as_mut().poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(problem)) => return Poll::Ready(End::Failed(problem)),
                    Poll::Ready(Ok(source)) => {
                        self.exchange.stream().resume(source);
                        self.state = State::Open;
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

impl<S: FrameSource> Future for FrameStream<'_, S> {
    type Output = Result<Sent, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let State::New(_) = &this.state
            && let Err(problem) = this.open()
        {
            this.state = State::Over;
            return Poll::Ready(Err(problem));
        }
        let Poll::Ready(end) = this.poll_end(cx) else {
            // Registers the waker, for a handler that polls the stream in a `join!` or a set of
            // futures.
            this.exchange.stream().wait(cx);
            return Poll::Pending;
        };
        let sent = end.send(this.exchange);
        this.state = State::Over;
        this.exchange.stream().abandon();
        Poll::Ready(Ok(sent))
    }
}

impl<S> Drop for FrameStream<'_, S> {
    fn drop(&mut self) {
        if matches!(self.state, State::Open | State::Paused(_)) {
            self.exchange.stream().abandon();
        }
    }
}

impl<S> fmt::Debug for FrameStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameStream").finish_non_exhaustive()
    }
}
