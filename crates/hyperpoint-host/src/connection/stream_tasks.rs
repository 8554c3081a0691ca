//! The tasks of the streams of an HTTP/2 connection, and the clock of those whose window stays shut.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::{Sleep, sleep_until};

use super::activity::Activity;

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    /// It has given what it had.
    Open,
    /// It has data that finds no room.
    Shut,
    /// So too, and what it had before has found some.
    ShutAnew,
}

thread_local! {
    /// The window of the stream whose task is polled. A body and its task meet here, since hyper's
    /// own future lies between them.
    static WINDOW: Cell<Window> = const { Cell::new(Window::Open) };
}

/// Runs each stream in a task of its own, and ends those whose window stays shut: the client reads
/// no more of them, though it may well read others and answer pings.
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
    /// The task of one stream. To end it is to drop hyper's future, which resets the stream.
    struct StreamTask<F> {
        #[pin]
        stream: F,
        activity: Arc<Activity>,
        window: Window,
        // There only while the window is shut.
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

/// Ends when the stream has waited too long. A socket that is shut itself is its own affair.
fn poll_stalled(
    stalled: &mut Option<Pin<Box<Sleep>>>,
    activity: &Activity,
    cx: &mut Context<'_>,
) -> Poll<()> {
    loop {
        if stalled.is_none() {
            *stalled = activity.stall_of_streams().map(|at| Box::pin(sleep_until(at)));
        }
        let Some(timer) = stalled else {
            return Poll::Pending;
        };
        ready!(timer.as_mut().poll(cx));
        if !activity.is_stalled() {
            tracing::debug!("a client does not read one of its streams");
            return Poll::Ready(());
        }
        *stalled = None;
    }
}

/// The body of an answer of HTTP/2: it is given in slices, and tells its task of each that waits.
///
/// What hyper has of a body it buffers whole, whatever the window, and then counts it as sent: the
/// slices are what a client costs that asks for much and reads nothing.
pub(super) struct Sliced<B> {
    body: B,
    rest: Bytes,
}

/// The largest slice; as much as fits into one frame.
const SLICE_BYTES: usize = 16 * 1024;

impl<B> Sliced<B> {
    pub(super) fn new(body: B) -> Self {
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
        // It is polled only when the last slice has found room.
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
