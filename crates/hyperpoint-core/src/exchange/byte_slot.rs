//! The chunk of a byte stream that is in transit from the handler to the response body.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// A slot for one chunk, with the waker of the task that waits until the slot is empty.
#[derive(Default)]
pub(super) struct ByteSlot {
    chunk: Option<Bytes>,
    waker: Option<Waker>,
}

impl ByteSlot {
    /// Returns ready if the slot is empty. Otherwise, registers the task, which is woken when the
    /// chunk is taken. The body polls the handler in its own task, so only a handler that polls its
    /// stream within a `join!` or a set of futures needs the waker.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.chunk.is_none() {
            return Poll::Ready(());
        }
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Stores a chunk. The slot must be empty.
    pub(super) fn put(&mut self, chunk: Bytes) {
        self.chunk = Some(chunk);
    }

    /// Takes the chunk, and the waker of the task that waits until the slot is empty. Returns
    /// `None` if the slot is empty.
    pub(super) fn take(&mut self) -> Option<(Bytes, Option<Waker>)> {
        Some((self.chunk.take()?, self.waker.take()))
    }
}
