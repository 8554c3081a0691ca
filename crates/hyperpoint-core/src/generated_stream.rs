//! The stream that `stream!` and `try_stream!` create from a block.
//!
//! The block is a future, and this stream polls it. A `yield` stores the value in a slot that the
//! block and the stream share, and returns pending once. The poll then returns to the stream, which
//! takes the value.

use std::fmt::{self, Debug, Formatter};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

/// Returns the next item of a stream, or `None` at its end.
pub async fn next<S: Stream>(stream: &mut Pin<&mut S>) -> Option<S::Item> {
    poll_fn(|cx| stream.as_mut().poll_next(cx)).await
}

/// The slot that stores a yielded value until the stream takes it.
type Slot<T> = Arc<Mutex<Option<T>>>;

/// Creates the two ends of a slot: one for the block and one for its stream.
#[must_use]
pub fn slot<T>() -> (Yielder<T>, Yielded<T>) {
    let slot = Slot::default();
    (Yielder(Arc::clone(&slot)), Yielded(slot))
}

/// The block's end of a slot, which sends values.
pub struct Yielder<T>(Slot<T>);

impl<T> Yielder<T> {
    /// Sends a value to the stream. Completes when the stream is polled for the next item.
    pub async fn send(&self, value: T) {
        Sending { slot: &self.0, value: Some(value) }.await;
    }
}

impl<T> Debug for Yielder<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielder").finish_non_exhaustive()
    }
}

/// The stream's end of a slot, which takes values.
pub struct Yielded<T>(Slot<T>);

impl<T> Yielded<T> {
    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Debug for Yielded<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielded").finish_non_exhaustive()
    }
}

/// The future of [`Yielder::send`]: stores the value on the first poll and completes on the second.
struct Sending<'y, T> {
    slot: &'y Slot<T>,
    value: Option<T>,
}

/// `poll` moves the value out, so the future needs no pinning.
impl<T> Unpin for Sending<'_, T> {}

impl<T> Future for Sending<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let Some(value) = self.value.take() else { return Poll::Ready(()) };
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        // The stream takes the value in the same poll, so no task needs to be woken.
        Poll::Pending
    }
}

pin_project! {
    /// The stream of the values that a block yields.
    pub struct GeneratedStream<T, F> {
        yielded: Yielded<T>,
        has_ended: bool,
        #[pin]
        block: F,
    }
}

impl<T, F> Debug for GeneratedStream<T, F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedStream")
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}

impl<T, F: Future<Output = ()>> GeneratedStream<T, F> {
    /// Creates the stream of a block. `yielded` is the stream's end of the slot to which the block
    /// sends its values.
    pub fn new(yielded: Yielded<T>, block: F) -> Self {
        Self { yielded, has_ended: false, block }
    }
}

impl<T, F: Future<Output = ()>> Stream for GeneratedStream<T, F> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        if *this.has_ended {
            return Poll::Ready(None);
        }
        *this.has_ended = this.block.poll(cx).is_ready();
        match this.yielded.take() {
            None if !*this.has_ended => Poll::Pending,
            item => Poll::Ready(item),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.has_ended.then_some(0))
    }
}

impl<T, F: Future<Output = ()>> FusedStream for GeneratedStream<T, F> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}
