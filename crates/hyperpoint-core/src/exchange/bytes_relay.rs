//! The transfer of byte streams, and of bodies such as files, from the handler to the response.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

use super::boxed_body::BoxedBody;
use super::byte_slot::ByteSlot;
use super::exchange::Exchange;
use super::pending_response::ResponseStage;

/// The response head of a byte stream, and the length of its body in bytes, if known.
pub(crate) type OpenedBytes = (Response<()>, Option<u64>);

impl Exchange {
    /// Stores a response whose body is a `BoxedBody`, such as a file or a range of it.
    pub(crate) fn answer_whole(&self, whole: Response<BoxedBody>) {
        let (parts, body) = whole.into_parts();
        let mut response = self.lock();
        response.head = Some(Box::new(Response::from_parts(parts, ())));
        response.stage = ResponseStage::Whole(body);
    }

    /// Takes the response that [`answer_whole`](Self::answer_whole) stored, if there is one.
    pub(crate) fn take_whole(&self) -> Option<Response<BoxedBody>> {
        let mut response = self.lock();
        match std::mem::take(&mut response.stage) {
            ResponseStage::Whole(body) => Some(response.take_head().map(|()| body)),
            other => {
                response.stage = other;
                None
            }
        }
    }

    /// Opens a byte stream with this length in bytes, if known. The response head is sent
    /// immediately.
    pub(crate) fn open_bytes(&self, length: Option<u64>) {
        self.lock().stage = ResponseStage::ByteStream(length);
    }

    /// Takes the head of a byte stream, if the handler has opened one.
    pub(crate) fn take_bytes(&self) -> Option<OpenedBytes> {
        let mut response = self.lock();
        let ResponseStage::ByteStream(length) = response.stage else {
            return None;
        };
        let head = response.take_head();
        response.stage = ResponseStage::Chunks(head.status(), ByteSlot::default());
        Some((head, length))
    }

    /// Returns whether the response is a byte stream whose head was taken.
    pub(crate) fn has_opened_bytes(&self) -> bool {
        matches!(self.lock().stage, ResponseStage::Chunks(..))
    }

    /// Returns ready if the next chunk of a byte stream can be stored, which requires that the
    /// response head and the previous chunk were taken.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if let ResponseStage::Chunks(_, slot) = &mut self.lock().stage {
            return slot.poll_room(cx);
        }
        // The head was not taken yet. `Answering` takes it before the handler is polled again.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Stores a chunk of a byte stream. [`poll_room`](Self::poll_room) must have returned ready.
    pub(crate) fn put_chunk(&self, chunk: Bytes) {
        if let ResponseStage::Chunks(_, slot) = &mut self.lock().stage {
            slot.put(chunk);
        }
    }

    /// Takes the stored chunk, or returns `None` if there is none. Wakes the task that waits to
    /// store the next chunk, unless it is the task that calls this method.
    pub(crate) fn take_chunk(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let (chunk, waker) = match &mut self.lock().stage {
            ResponseStage::Chunks(_, slot) => slot.take()?,
            _ => return None,
        };
        // The calling task is the task of the body, which polls the handler without being woken.
        if let Some(waker) = waker.filter(|waker| !waker.will_wake(cx.waker())) {
            waker.wake();
        }
        Some(chunk)
    }
}
