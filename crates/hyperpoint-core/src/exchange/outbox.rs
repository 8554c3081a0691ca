//! The buffer of encoded events between a handler and its response body.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_sse::{Encoder, EventName, Fields};
use serde::Serialize;
use tokio::time::Instant;

use super::stream_report::{StreamEnd, StreamReport};

/// Size in bytes up to which ready events are combined into one frame.
const FRAME_BYTES: usize = 8 * 1024;

/// The encoded events that are to be sent, and the counters of the stream. It holds at most one
/// frame and one event.
#[derive(Default)]
pub(super) struct Outbox(Mutex<State>);

#[derive(Default)]
struct State {
    encoder: Encoder,
    /// The `retry` to put on the first event with data; `None` after it was written.
    retry: Option<Duration>,
    /// The waker of the task that waits for space or for the closing.
    waker: Option<Waker>,
    /// The reason why the stream was asked to end, or `None` if it was not.
    closing: Option<StreamEnd>,
    began: Option<Instant>,
    events: u64,
    bytes: u64,
    gaps: u32,
}

impl Outbox {
    /// Records that the stream starts, and the `retry` of its first event.
    pub(super) fn begin(&self, retry: Option<Duration>) {
        let mut state = self.lock();
        (state.retry, state.began) = (retry, Some(Instant::now()));
    }

    /// Lends the encoder if the frame is not full; otherwise waits until the frame was taken.
    pub(super) fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        let mut state = self.lock();
        if state.encoder.len() >= FRAME_BYTES {
            state.wait(cx);
            return Poll::Pending;
        }
        let (encoder, retry) = (std::mem::take(&mut state.encoder), state.retry);
        Poll::Ready(Lease { outbox: self, committed: encoder.len(), encoder, retry, events: 0 })
    }

    /// Registers the task to be woken when the frame is taken or the stream closes. The body polls
    /// the handler in its own task anyway; this is for a handler that polls its stream within a
    /// `join!` or a set of futures.
    pub(super) fn wait(&self, cx: &mut Context<'_>) {
        self.lock().wait(cx);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().encoder.is_empty()
    }

    pub(super) fn keep_alive(&self) {
        self.lock().encoder.keep_alive();
    }

    /// Returns why the stream was asked to end, or `None` if it was not.
    pub(super) fn closing(&self) -> Option<StreamEnd> {
        self.lock().closing
    }

    /// Returns the report of the stream so far, with this end. `None` if there is no stream.
    pub(super) fn report(&self, end: StreamEnd) -> Option<StreamReport> {
        let state = self.lock();
        let ran = state.began?.elapsed();
        let bytes = state.bytes + state.encoder.len() as u64;
        Some(StreamReport { end, ran, events: state.events, bytes, gaps: state.gaps })
    }

    /// Counts events and bytes that were sent without the outbox.
    pub(super) fn count(&self, events: u32, bytes: u64) {
        let mut state = self.lock();
        state.events += u64::from(events);
        state.bytes += bytes;
    }

    /// Records the number of gaps that the frame source has reported so far.
    pub(super) fn note_gaps(&self, gaps: u32) {
        self.lock().gaps = gaps;
    }

    /// Asks the stream to end, and wakes it. Only the first reason is kept.
    pub(super) fn close(&self, why: StreamEnd) {
        let mut state = self.lock();
        state.closing.get_or_insert(why);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Wakes the waiting task, if there is one.
    pub(super) fn wake(&self) {
        let waker = self.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Removes this waker, if it is registered: its task is polled anyway.
    pub(super) fn forget(&self, waiter: &Waker) {
        let mut state = self.lock();
        state.waker = state.waker.take().filter(|waker| !waker.will_wake(waiter));
    }

    /// Writes a small event of the framework. Its `retry` takes precedence over the pending one.
    pub(super) fn write<T: Serialize>(&self, name: &EventName, retry: Option<Duration>, data: &T) {
        let mut state = self.lock();
        let fields = Fields { name: Some(name), id: None, retry: retry.or(state.retry) };
        match state.encoder.json(fields, data) {
            Ok(()) => state.retry = None,
            Err(error) => tracing::error!(%error, "failed to encode an event of the framework"),
        }
    }

    /// Takes the encoded events as one frame, or `None` if there are none.
    pub(super) fn take_frame(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let mut state = self.lock();
        if state.encoder.is_empty() {
            return None;
        }
        let frame = state.encoder.take();
        state.bytes += frame.len() as u64;
        if frame.len() > 2 * FRAME_BYTES {
            // The rest of a large buffer would keep all of it allocated for the life of the stream.
            state.encoder = Encoder::default();
        }
        // The body's own task polls the handler without being woken.
        let waker = state.waker.take().filter(|waker| !waker.will_wake(cx.waker()));
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Some(frame)
    }

    /// Locks the state. A poisoned lock is used: each change is one assignment, so the state is
    /// valid after a panic.
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

/// An exclusive lease of an outbox's encoder. When it is dropped, the encoder is returned without
/// uncommitted bytes: no lock is held while application code runs, and a panic in it leaves no
/// partial event.
pub(crate) struct Lease<'a> {
    outbox: &'a Outbox,
    encoder: Encoder,
    retry: Option<Duration>,
    /// The number of bytes of complete events.
    committed: usize,
    events: u64,
}

impl Lease<'_> {
    /// Returns the encoder, and the `retry` of the first event, which the writer of that event
    /// takes.
    pub(crate) fn parts(&mut self) -> (&mut Encoder, &mut Option<Duration>) {
        (&mut self.encoder, &mut self.retry)
    }

    /// Commits one event: keeps the bytes written so far.
    pub(crate) fn commit(&mut self) {
        self.committed = self.encoder.len();
        self.events += 1;
    }

    /// Returns whether the frame is full.
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
    fn the_buffer_of_a_large_event_is_not_kept() {
        let outbox = Outbox::default();
        let name = EventName::from_static("snapshot");
        outbox.write(&name, None, &"x".repeat(100 * FRAME_BYTES));
        let mut cx = Context::from_waker(noop_waker_ref());
        assert!(outbox.take_frame(&mut cx).unwrap().len() > 100 * FRAME_BYTES);
        outbox.write(&name, None, &"small");
        let small = outbox.take_frame(&mut cx).unwrap();
        drop(outbox);
        // The frame's buffer has little more than the capacity that it needed.
        assert!(small.try_into_mut().unwrap().capacity() < FRAME_BYTES);
    }
}
