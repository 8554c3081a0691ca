//! Encoded events on their way from a handler to the body of its answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_sse::{Encoder, EventName, Fields};
use serde::Serialize;
use tokio::time::Instant;

use super::stream_report::{StreamEnd, StreamReport};

/// Ready events are gathered into one frame up to this size.
const FRAME_BYTES: usize = 8 * 1024;

/// Encoded events that wait to be taken. Its size is bounded by a frame and one event.
#[derive(Default)]
pub(super) struct Outbox(Mutex<State>);

#[derive(Default)]
struct State {
    encoder: Encoder,
    /// What rides on the first event that has data, whoever writes it; then spent.
    retry: Option<Duration>,
    /// Who waits for room, or to be told of the closing.
    waker: Option<Waker>,
    /// Why the stream is asked to end.
    closing: Option<StreamEnd>,
    began: Option<Instant>,
    events: u64,
    bytes: u64,
    gaps: u32,
}

impl Outbox {
    /// Notes that the stream begins, and what rides on its first event.
    pub(super) fn begin(&self, retry: Option<Duration>) {
        let mut state = self.lock();
        (state.retry, state.began) = (retry, Some(Instant::now()));
    }

    /// The encoder, for as long as the frame has room. Ready again once the frame was taken.
    pub(super) fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        let mut state = self.lock();
        if state.encoder.len() >= FRAME_BYTES {
            state.wait(cx);
            return Poll::Pending;
        }
        let (encoder, retry) = (std::mem::take(&mut state.encoder), state.retry);
        Poll::Ready(Lease { outbox: self, committed: encoder.len(), encoder, retry, events: 0 })
    }

    /// Keeps the waker of whoever is to be polled again when the frame was taken or the stream
    /// closes. The body polls the handler in its own task anyway; this is for a handler that polls
    /// its stream from within a `join!` or a set of futures.
    pub(super) fn wait(&self, cx: &mut Context<'_>) {
        self.lock().wait(cx);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().encoder.is_empty()
    }

    pub(super) fn keep_alive(&self) {
        self.lock().encoder.keep_alive();
    }

    /// Why the stream is asked to end; none while it is not.
    pub(super) fn closing(&self) -> Option<StreamEnd> {
        self.lock().closing
    }

    /// How the stream went so far, with this end; `None` if there is no stream.
    pub(super) fn report(&self, end: StreamEnd) -> Option<StreamReport> {
        let state = self.lock();
        let ran = state.began?.elapsed();
        let bytes = state.bytes + state.encoder.len() as u64;
        Some(StreamReport { end, ran, events: state.events, bytes, gaps: state.gaps })
    }

    /// Counts what was sent past the outbox.
    pub(super) fn count(&self, events: u32, bytes: u64) {
        let mut state = self.lock();
        state.events += u64::from(events);
        state.bytes += bytes;
    }

    /// Notes how many gaps the source of frames has reported so far.
    pub(super) fn note_gaps(&self, gaps: u32) {
        self.lock().gaps = gaps;
    }

    /// Asks the stream to end, and wakes it.
    pub(super) fn close(&self, why: StreamEnd) {
        let mut state = self.lock();
        state.closing.get_or_insert(why);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Wakes who waits.
    pub(super) fn wake(&self) {
        let waker = self.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Forgets a waiter that is polled anyway.
    pub(super) fn forget(&self, waiter: &Waker) {
        let mut state = self.lock();
        state.waker = state.waker.take().filter(|waker| !waker.will_wake(waiter));
    }

    /// Writes a small event of the framework's own. With a `retry` of its own it has that.
    pub(super) fn write<T: Serialize>(&self, name: &EventName, retry: Option<Duration>, data: &T) {
        let mut state = self.lock();
        let fields = Fields { name: Some(name), id: None, retry: retry.or(state.retry) };
        match state.encoder.json(fields, data) {
            Ok(()) => state.retry = None,
            Err(error) => tracing::error!(%error, "failed to encode an event of the framework"),
        }
    }

    /// What waits to be sent, as one frame.
    pub(super) fn take_frame(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let mut state = self.lock();
        if state.encoder.is_empty() {
            return None;
        }
        let frame = state.encoder.take();
        state.bytes += frame.len() as u64;
        if frame.len() > 2 * FRAME_BYTES {
            // What is left of a large buffer would keep all of it for as long as the stream lives.
            state.encoder = Encoder::default();
        }
        // The body's own task goes on to poll the handler by itself.
        let waker = state.waker.take().filter(|waker| !waker.will_wake(cx.waker()));
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Some(frame)
    }

    /// A panic elsewhere leaves a state that is whole: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&mut self, cx: &mut Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}

/// The loan of an outbox's encoder. It goes back when the lease is dropped, without what was
/// written but not committed: no lock is held while a user's code runs, and a panic in it leaves
/// no half of an event.
pub(crate) struct Lease<'a> {
    outbox: &'a Outbox,
    encoder: Encoder,
    retry: Option<Duration>,
    committed: usize,
    events: u64,
}

impl Lease<'_> {
    /// The encoder, and what is to ride on the first event: whoever writes that takes it.
    pub(crate) fn parts(&mut self) -> (&mut Encoder, &mut Option<Duration>) {
        (&mut self.encoder, &mut self.retry)
    }

    /// Keeps what was written so far: an event.
    pub(crate) fn commit(&mut self) {
        self.committed = self.encoder.len();
        self.events += 1;
    }

    /// Whether the frame is full.
    pub(crate) fn is_full(&self) -> bool {
        self.committed >= FRAME_BYTES
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.encoder.truncate(self.committed);
        let mut state = self.outbox.lock();
        (state.encoder, state.retry) = (std::mem::take(&mut self.encoder), self.retry);
        state.events += self.events;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::task::noop_waker_ref;

    use super::*;

    #[test]
    fn a_large_event_does_not_leave_its_buffer_behind() {
        let outbox = Outbox::default();
        let name = EventName::from_static("snapshot");
        outbox.write(&name, None, &"x".repeat(100 * FRAME_BYTES));
        let mut cx = Context::from_waker(noop_waker_ref());
        assert!(outbox.take_frame(&mut cx).unwrap().len() > 100 * FRAME_BYTES);
        outbox.write(&name, None, &"small");
        let small = outbox.take_frame(&mut cx).unwrap();
        drop(outbox);
        // The bytes of a frame are all that its buffer was ever asked for, or nearly.
        assert!(small.try_into_mut().unwrap().capacity() < FRAME_BYTES);
    }
}
