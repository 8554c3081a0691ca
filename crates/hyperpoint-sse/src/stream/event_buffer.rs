//! The buffer of encoded events between the code that writes a stream and the response body.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::ending::Ending;
use super::frame_source::{FrameEnd, FrameSource};
use super::kind::StreamKind;
use super::options::{OnError, StreamOptions};
use super::report::{StreamEnd, StreamReport};
use crate::encode::Fields;
use crate::encoder::Encoder;
use crate::invalid_data::InvalidData;
use crate::item::StreamItem;
use crate::name::EventName;

/// The size, in bytes, up to which ready events are combined into one frame.
const FRAME_BYTES: usize = 8 * 1024;

/// The encoded events that are to be sent, and the counters and options of the stream. New events
/// are accepted while fewer than [`FRAME_BYTES`] are to be sent, so the buffer holds at most that
/// many bytes, one more event, and the last event of the stream.
#[derive(Debug, Default)]
pub(super) struct EventBuffer(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The encoder, or `None` before the first event, while it is leased, and after a large frame.
    /// Boxed, so that a stream with a source reserves no memory for it.
    encoder: Option<Box<Encoder>>,
    /// The reconnection delay of the client, in milliseconds.
    retry_ms: u32,
    /// Whether the next event with data is to have a `retry`. `false` after the `retry` was
    /// written.
    owes_retry: bool,
    /// The waker of the task that waits for space, for the source, or for the end of the stream.
    waker: Option<Waker>,
    /// The reason why the stream was asked to end, or `None` if it was not.
    closing: Option<StreamEnd>,
    began: Option<Instant>,
    events: u64,
    bytes: u64,
    gaps: u32,
    /// The policy for a failed stream, or `None` before the stream starts.
    on_error: Option<OnError>,
    sends_done: bool,
    /// Whether the stream sends the frames of a source.
    has_source: bool,
    ending: Ending,
    /// The source that is being handed over, or `None`. Boxed, because handovers are rare and every
    /// request has a buffer.
    handover: Option<Box<Handover>>,
}

/// A frame source that is being handed over between the body and the code that writes the stream.
pub(super) enum Handover {
    /// The source ended or paused and goes to the code, which ends the stream or resumes the
    /// source.
    Ended(Box<dyn FrameSource>, FrameEnd),
    /// The source goes back to the body, which polls it again.
    Resumed(Box<dyn FrameSource>),
    /// The body drops the source, because the code no longer waits for it.
    Abandoned,
}

impl EventBuffer {
    /// Records that the stream starts with these options.
    pub(super) fn begin(&self, kind: StreamKind, options: &StreamOptions, has_source: bool) {
        let mut state = self.lock();
        state.has_source = has_source;
        state.owes_retry = options.first_retry(kind).is_some() && !has_source;
        // The option is at most `MAX_RETRY`, whose milliseconds fit in a `u32`.
        state.retry_ms = u32::try_from(options.retry.as_millis()).unwrap_or(u32::MAX);
        state.began = Some(Instant::now());
        (state.on_error, state.sends_done) = (Some(options.on_error), options.sends_done);
    }

    /// Returns the reconnection delay of the client.
    pub(super) fn reconnection_delay(&self) -> Duration {
        self.lock().reconnection_delay()
    }

    /// Returns the policy for a failed stream, or `None` before the stream starts.
    pub(super) fn on_error(&self) -> Option<OnError> {
        self.lock().on_error
    }

    pub(super) fn sends_done(&self) -> bool {
        self.lock().sends_done
    }

    /// Returns a lease of the encoder if fewer than [`FRAME_BYTES`] are to be sent. Otherwise
    /// registers the task as [`wait`](Self::wait) does.
    pub(super) fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        let mut state = self.lock();
        if state.pending_bytes() >= FRAME_BYTES {
            state.wait(cx);
            return Poll::Pending;
        }
        let (encoder, retry) = (state.encoder.take(), state.owed_retry());
        let committed = encoder.as_ref().map_or(0, |encoder| encoder.len());
        Poll::Ready(Lease { buffer: self, committed, encoder, retry, events: 0 })
    }

    /// Registers the task to be woken when the encoded events are taken, the source is handed over
    /// to the code, or the stream is asked to end. Replaces an earlier registration. In each of
    /// these cases, the body polls the code that writes the stream even if the code was not woken,
    /// so only code that polls its stream within a `join!` or a set of futures, with wakers of
    /// their own, needs the registration.
    pub(super) fn wait(&self, cx: &mut Context<'_>) {
        self.lock().wait(cx);
    }

    /// Returns whether no bytes are left to send and no error is to follow them.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        state.pending_bytes() == 0 && state.ending != Ending::Cut
    }

    /// Returns why the stream was asked to end, or `None` if it was not.
    pub(super) fn closing(&self) -> Option<StreamEnd> {
        self.lock().closing
    }

    /// Returns the report of the stream so far, with `end` as the reason for its end, or `None` if
    /// the stream has not started.
    pub(super) fn report(&self, end: StreamEnd) -> Option<StreamReport> {
        let state = self.lock();
        let ran = state.began?.elapsed();
        let bytes = state.bytes + state.pending_bytes() as u64;
        Some(StreamReport { end, ran, events: state.events, bytes, gaps: state.gaps })
    }

    /// Adds events and bytes that were sent without the buffer to the counters.
    pub(super) fn count(&self, events: u32, bytes: u64) {
        let mut state = self.lock();
        state.events += u64::from(events);
        state.bytes += bytes;
    }

    /// Records the number of gaps that the frame source has reported so far.
    pub(super) fn note_gaps(&self, gaps: u32) {
        self.lock().gaps = gaps;
    }

    /// Asks the code that writes the stream to end it, and wakes the registered task. Only the
    /// first reason is kept.
    pub(super) fn close(&self, why: StreamEnd) {
        let mut state = self.lock();
        state.closing.get_or_insert(why);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Hands over a source that ended or paused, and wakes the registered task.
    pub(super) fn end_source(&self, source: Box<dyn FrameSource>, end: FrameEnd) {
        let mut state = self.lock();
        state.handover = Some(Box::new(Handover::Ended(source, end)));
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn hand_over(&self, handover: Handover) {
        self.lock().handover = Some(Box::new(handover));
    }

    /// Removes and returns the source if it has ended or paused; otherwise returns `None`.
    pub(super) fn take_ended(&self) -> Option<(Box<dyn FrameSource>, FrameEnd)> {
        let mut state = self.lock();
        match *state.handover.take()? {
            Handover::Ended(source, end) => Some((source, end)),
            other => {
                state.handover = Some(Box::new(other));
                None
            }
        }
    }

    /// Returns whether the buffer has no bytes to send. If so, moves a resumed source into
    /// `resumed`.
    pub(super) fn is_idle(&self, resumed: &mut Option<Box<dyn FrameSource>>) -> bool {
        let mut state = self.lock();
        if state.pending_bytes() > 0 {
            return false;
        }
        match state.handover.take().map(|handover| *handover) {
            None => {}
            Some(Handover::Resumed(source)) => *resumed = Some(source),
            Some(other) => state.handover = Some(Box::new(other)),
        }
        true
    }

    /// Returns whether the code no longer waits for the source.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(self.lock().handover.as_deref(), Some(Handover::Abandoned))
    }

    /// Removes this waker, with which the body has polled the code, if it is registered. The
    /// registration is not needed, because the body polls the code after each change of the buffer,
    /// even if the code was not woken.
    pub(super) fn forget(&self, waiter: &Waker) {
        let mut state = self.lock();
        state.waker = state.waker.take().filter(|waker| !waker.will_wake(waiter));
    }

    /// Writes the last event of the stream. If `retry` is `None`, the event has the `retry` that
    /// the stream has not sent yet, if any. Has no effect if the end of the stream was already
    /// decided. An event over the encoder's limit of 8 MiB is not sent.
    pub(super) fn write_last(&self, name: &EventName, retry: Option<Duration>, data: &str) {
        let mut state = self.lock();
        if !state.ending.decide(Ending::Clean) {
            return;
        }
        let fields = Fields { name: Some(name), id: None, retry: retry.or(state.owed_retry()) };
        if state.encoder.get_or_insert_default().text(fields, data).is_ok() {
            state.owes_retry = false;
        }
    }

    /// Writes this item as the last event of the stream, and cuts the stream after it if `is_cut`
    /// is set. Has no effect if the end of the stream was already decided.
    ///
    /// # Errors
    ///
    /// Returns an error if the item is over the encoder's limit of 8 MiB. The stream ends without
    /// the item.
    pub(super) fn write_last_item(
        &self,
        item: &StreamItem,
        is_cut: bool,
    ) -> Result<(), InvalidData> {
        let mut state = self.lock();
        if !state.ending.decide(if is_cut { Ending::Cut } else { Ending::Clean }) {
            return Ok(());
        }
        let retry = state.owed_retry();
        state.owes_retry = false;
        state.encoder.get_or_insert_default().item_with_retry(item, retry).map(|_| ())
    }

    /// Ends the body with an error after the events that are already written, unless the end of the
    /// stream was already decided.
    pub(super) fn cut(&self) {
        self.lock().ending.decide(Ending::Cut);
    }

    /// Returns whether the body is to end with an error.
    pub(super) fn is_cut(&self) -> bool {
        self.lock().ending == Ending::Cut
    }

    /// Records that the body has ended with its error.
    pub(super) fn has_cut(&self) {
        self.lock().ending = Ending::Clean;
    }

    /// Returns whether the stream sends the frames of a source.
    pub(super) fn has_source(&self) -> bool {
        self.lock().has_source
    }

    /// Removes the encoded events and returns them as one frame, or `None` if there are none. Wakes
    /// the registered task, unless it is the task of `cx`.
    pub(super) fn take_frame(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let mut state = self.lock();
        let encoder = state.encoder.as_mut().filter(|encoder| !encoder.is_empty())?;
        let frame = encoder.take();
        state.bytes += frame.len() as u64;
        if frame.len() > 2 * FRAME_BYTES {
            // The unused rest of a large allocation would keep all of it in memory until the stream
            // ends.
            state.encoder = None;
        }
        // The task of the body is not woken: it polls the code again after it has sent the frame.
        let waker = state.waker.take().filter(|waker| !waker.will_wake(cx.waker()));
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Some(frame)
    }

    /// Locks the state. Ignores poisoning, because the state is valid even if a thread panics while
    /// it holds the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended(..) => "Ended",
            Self::Resumed(_) => "Resumed",
            Self::Abandoned => "Abandoned",
        })
    }
}

impl State {
    /// Returns the number of encoded bytes that are to be sent.
    fn pending_bytes(&self) -> usize {
        self.encoder.as_ref().map_or(0, |encoder| encoder.len())
    }

    fn reconnection_delay(&self) -> Duration {
        Duration::from_millis(self.retry_ms.into())
    }

    /// Returns the `retry` to put on the next event with data, or `None` if the stream sends none
    /// or has already sent it.
    fn owed_retry(&self) -> Option<Duration> {
        self.owes_retry.then(|| self.reconnection_delay())
    }

    fn wait(&mut self, cx: &mut Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }
}

/// An exclusive lease of a buffer's encoder, so that no lock is held while application code writes
/// events. Dropping the lease returns the encoder without uncommitted bytes, so that a panic in
/// that code leaves no partial event.
#[derive(Debug)]
pub struct Lease<'a> {
    buffer: &'a EventBuffer,
    /// The encoder, or `None` if the buffer had none and no event was written.
    encoder: Option<Box<Encoder>>,
    /// The `retry` that is to be written with the next event with data, or `None`.
    retry: Option<Duration>,
    /// The number of bytes of complete events.
    committed: usize,
    events: u64,
}

impl Lease<'_> {
    /// Returns the encoder, and the `retry` that is still to be sent, or `None`. A caller that
    /// writes an event with data writes this `retry` with it, and sets it to `None`.
    pub fn parts(&mut self) -> (&mut Encoder, &mut Option<Duration>) {
        (self.encoder.get_or_insert_default(), &mut self.retry)
    }

    /// Commits the bytes written so far: one event, which is counted, or one comment. Bytes that are
    /// not committed are removed when the lease is dropped.
    pub fn commit(&mut self, is_event: bool) {
        self.committed = self.encoder.as_ref().map_or(0, |encoder| encoder.len());
        self.events += u64::from(is_event);
    }

    /// Returns whether the committed bytes have reached the size of a frame, 8 KiB.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.committed >= FRAME_BYTES
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(encoder) = &mut self.encoder {
            encoder.truncate(self.committed);
        }
        let mut state = self.buffer.lock();
        state.encoder = self.encoder.take();
        state.owes_retry = self.retry.is_some();
        state.events += self.events;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_of_a_large_event_is_not_kept() {
        let buffer = EventBuffer::default();
        let name = EventName::from_static("snapshot");
        let write = |data: &str| {
            let Poll::Ready(mut lease) = buffer.poll_lease(&mut Context::from_waker(Waker::noop()))
            else {
                panic!("the frame is not full")
            };
            lease.parts().0.text(Fields { name: Some(&name), ..Fields::default() }, data).unwrap();
            lease.commit(true);
        };
        write(&"x".repeat(100 * FRAME_BYTES));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(buffer.take_frame(&mut cx).unwrap().len() > 100 * FRAME_BYTES);
        write("small");
        let small = buffer.take_frame(&mut cx).unwrap();
        drop(buffer);
        // The frame's buffer has little more than the capacity that it needed.
        assert!(small.try_into_mut().unwrap().capacity() < FRAME_BYTES);
    }
}
