//! How bytes and whole bodies go from the handler to the body of the answer.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

use super::boxed_body::BoxedBody;
use super::byte_slot::ByteSlot;
use super::exchange::{Exchange, Stage};

/// A stream of bytes: its head, and how many there will be where that is known.
pub(super) type OpenedBytes = (Response<()>, Option<u64>);

impl Exchange {
    /// Leaves a plain answer with a body of its own.
    pub(crate) fn answer_whole(&self, response: Response<BoxedBody>) {
        let (parts, body) = response.into_parts();
        let mut answer = self.lock();
        answer.head = Response::from_parts(parts, ());
        answer.stage = Stage::Whole(body);
    }

    /// The plain answer with a body of its own, if the handler left one.
    pub(super) fn take_whole(&self) -> Option<Response<BoxedBody>> {
        let mut answer = self.lock();
        match std::mem::take(&mut answer.stage) {
            Stage::Whole(body) => Some(std::mem::take(&mut answer.head).map(|()| body)),
            other => {
                answer.stage = other;
                None
            }
        }
    }

    /// Leaves the head of a stream of bytes, which goes out at once.
    pub(crate) fn open_bytes(&self, length: Option<u64>) {
        self.lock().stage = Stage::Bytes(length);
    }

    /// The head of a stream of bytes, once the handler left one.
    pub(super) fn take_bytes(&self) -> Option<OpenedBytes> {
        let mut answer = self.lock();
        let Stage::Bytes(length) = answer.stage else {
            return None;
        };
        answer.stage = Stage::Pieces(ByteSlot::default());
        let head = std::mem::take(&mut answer.head);
        // Told to who asks how the request went.
        *answer.head.status_mut() = head.status();
        Some((head, length))
    }

    /// Whether the next piece of a stream of bytes may be left. Ready again once one was taken.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if let Stage::Pieces(slot) = &mut self.lock().stage {
            return slot.poll_room(cx);
        }
        // The head was not taken yet: it is, before the handler is polled again.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Leaves a piece of a stream of bytes.
    pub(crate) fn put_piece(&self, piece: Bytes) {
        if let Stage::Pieces(slot) = &mut self.lock().stage {
            slot.put(piece);
        }
    }

    /// The piece that waits to be sent.
    pub(super) fn take_piece(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let (piece, waker) = match &mut self.lock().stage {
            Stage::Pieces(slot) => slot.take()?,
            _ => return None,
        };
        // The body's own task goes on to poll the handler by itself.
        if let Some(waker) = waker.filter(|waker| !waker.will_wake(cx.waker())) {
            waker.wake();
        }
        Some(piece)
    }
}
