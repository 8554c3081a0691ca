//! The tasks of HTTP/2 streams, and the deadline of streams whose flow-control window stays closed.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::{Sleep, sleep_until};

use super::activity::Activity;

/// The state of a stream with respect to its flow-control window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    /// No slice waits: the window has accepted at least a part of each slice so far.
    Open,
    /// A slice waits, because the window is full.
    Shut,
    /// A slice waits, and the window has accepted a part of the previous one since the last poll.
    ShutAnew,
}

thread_local! {
    /// The window of the stream whose task is being polled. The body reports to its task through
    /// this variable, because hyper's future is between them.
    static WINDOW: Cell<Window> = const { Cell::new(Window::Open) };
}

/// Spawns a task for each stream, and ends streams whose window stays closed: their client no
/// longer reads them, even if it reads other streams and answers pings.
#[derive(Clone, Debug)]
pub(super) struct StreamTasks(pub(super) Arc<Activity>);

impl<F> Executor<F> for StreamTasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let activity = Arc::clone(&self.0);
        tokio::spawn(StreamTask { stream, activity, window: Window::Open, stalled: None });
    }
}

pin_project_lite::pin_project! {
    /// The task of one stream. If it ends before hyper's future has completed, it drops that
    /// future, which resets the stream.
    struct StreamTask<F> {
        #[pin]
        stream: F,
        activity: Arc<Activity>,
        window: Window,
        // The deadline of the stream, set only while a slice waits.
        stalled: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future<Output = ()>> Future for StreamTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let outer = WINDOW.replace(*this.window);
        let polled = this.stream.poll(cx);
        let window = WINDOW.replace(outer);
        if polled.is_ready() || window != Window::Shut {
            *this.stalled = None;
        }
        *this.window = if window == Window::Open { Window::Open } else { Window::Shut };
        if polled.is_ready() || window == Window::Open {
            return polled;
        }
        poll_stalled(this.stalled, this.activity, cx)
    }
}

/// Completes when the stream has waited for its window longer than the write stall timeout. While
/// the socket itself accepts no bytes, the connection's own deadline applies instead.
fn poll_stalled(
    stalled: &mut Option<Pin<Box<Sleep>>>,
    activity: &Activity,
    cx: &mut Context<'_>,
) -> Poll<()> {
    loop {
        if stalled.is_none() {
            *stalled = activity.stream_stall_deadline().map(|at| Box::pin(sleep_until(at)));
        }
        let Some(timer) = stalled else {
            return Poll::Pending;
        };
        ready!(timer.as_mut().poll(cx));
        if !activity.is_stalled() {
            tracing::debug!("a client does not read one of its HTTP/2 streams");
            return Poll::Ready(());
        }
        *stalled = None;
    }
}

/// A response body on HTTP/2, passed to hyper in slices. Reports to its task when a slice waits for
/// the window.
///
/// hyper passes a polled frame on as a whole as soon as the window accepts one byte of it, and
/// buffers the rest. Slices bound that memory for a client that sends many requests and reads no
/// responses.
pub(super) struct Sliced<B> {
    body: B,
    rest: Bytes,
}

/// Maximum size of a slice: the default maximum size of an HTTP/2 frame.
const SLICE_BYTES: usize = 16 * 1024;

impl<B> From<B> for Sliced<B> {
    fn from(body: B) -> Self {
        Self { body, rest: Bytes::new() }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Sliced<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        // hyper polls only after the window has accepted at least a part of the previous slice.
        WINDOW.set(Window::Open);
        if self.rest.is_empty() {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)?) else {
                return Poll::Ready(None);
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        }
        WINDOW.set(Window::ShutAnew);
        let len = self.rest.len().min(SLICE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(len)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, inner) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
