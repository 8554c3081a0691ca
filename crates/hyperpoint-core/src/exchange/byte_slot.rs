//! A piece of a stream of bytes on its way from a handler to the body of its answer.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Room for one piece.
#[derive(Default)]
pub(super) struct ByteSlot {
    piece: Option<Bytes>,
    waker: Option<Waker>,
}

impl ByteSlot {
    /// Ready when there is room. The body polls the handler in its own task anyway; the waker is
    /// for a handler that polls its stream from within a `join!` or a set of futures.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.piece.is_none() {
            return Poll::Ready(());
        }
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn put(&mut self, piece: Bytes) {
        self.piece = Some(piece);
    }

    /// The piece, and who waits for its room.
    pub(super) fn take(&mut self) -> Option<(Bytes, Option<Waker>)> {
        Some((self.piece.take()?, self.waker.take()))
    }
}
