//! The body of an event stream, which owns the code that writes it and polls its source of frames.

use std::fmt;
use std::mem::offset_of;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::bell::Bell;
use super::clock::{Due, StreamClock};
use super::end_watch::{EndFuture, EndWatch};
use super::frame_source::{Frame, FrameEnd, FrameSource};
use super::keep_alive::KEEP_ALIVE;
use super::kind::StreamKind;
use super::options::StreamOptions;
use super::outlet::{Delivered, Parkable, Parking};
use super::report::StreamEnd;
use super::scope::StreamScope;
use super::stream_cut::StreamCut;
use super::writer::StreamWriter;

/// The body of an event stream. Polling the body polls the code that writes the stream; dropping
/// the body drops the code. The body of a stream of the kind [`AsWritten`](StreamKind::AsWritten)
/// fails with [`StreamCut`] if the stream is incomplete; the body of a stream for `EventSource`
/// never fails.
///
/// While the body holds a source, it polls the code only if the code was woken and the source has
/// no frame ready, and when the source ends or pauses. While the body holds no source, each poll of
/// the body polls the code, unless encoded events are ready to be sent.
///
/// The fields that are read for each frame come first, and are no larger than a cache line of 64
/// bytes: with very many streams, each cache line that is read is a cache miss. A body is not
/// aligned to cache lines, because the allocator would leave gaps between bodies.
#[repr(C)]
pub struct StreamBody<W: StreamWriter> {
    /// The waker of the task that polls this body, or `None` before the first poll.
    waker: Option<Waker>,
    /// The source, or `None` if there is no source, while the code holds it, and after the end.
    source: Option<Box<dyn FrameSource>>,
    /// The number of bytes of keep-alives and of frames of the source that are not added to the
    /// counters of the buffer yet.
    bytes: u32,
    /// The number of events in these bytes.
    events: u32,
    /// Whether only the source and the clock need to be polled: the code waits only for the source,
    /// and `end_watch` is unset.
    is_alone: bool,
    /// Whether a frame was sent.
    has_begun: bool,
    /// Whether the counters are read while the stream is open.
    is_observed: bool,
    clock: StreamClock,
    writer: W,
    /// The bell that the code's wakers ring while the body holds the source. `None` if the stream
    /// has no source, or if the code waits only for the source.
    writer_bell: Option<Arc<Bell>>,
    /// The future that ends the stream early, or `None` if unset.
    end_watch: Option<Box<EndWatch>>,
}

/// How long an observed stream is parked before the next frame also wakes its task, so that the
/// frames sent through the outlet are added to the counters.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// The value of [`StreamBody::bytes`] at which the field is added to the counters of the buffer and
/// reset, so that it does not overflow.
const COUNTED_BYTES: u32 = 1 << 30;

impl<W: StreamWriter> StreamBody<W> {
    /// The fields that are read for each frame are no larger than a cache line.
    const IS_HOT_PART_ONE_LINE: () =
        assert!(offset_of!(Self, clock) + StreamClock::HOT_BYTES <= 64);

    /// Creates the body of a stream that starts now, for an identity that expires after
    /// `expires_in`, or never if `None`. Drops the source if the code has already finished.
    ///
    /// # Panics
    ///
    /// May panic outside a tokio runtime.
    pub fn new(
        writer: W,
        source: Option<Box<dyn FrameSource>>,
        options: &StreamOptions,
        expires_in: Option<Duration>,
        scope: &StreamScope,
    ) -> Self {
        let () = Self::IS_HOT_PART_ONE_LINE;
        // A stream of shared frames is never complete, and may end at any event.
        let is_kept = writer.state().kind() == StreamKind::AsWritten && source.is_none();
        let source = source.filter(|_| !writer.has_finished());
        Self {
            writer_bell: source.as_ref().map(|_| Bell::rung()),
            source,
            clock: StreamClock::new(options, expires_in, scope, is_kept),
            waker: None,
            is_alone: false,
            end_watch: None,
            has_begun: false,
            events: 0,
            bytes: 0,
            is_observed: false,
            writer,
        }
    }

    /// Sets whether the counters of the [`StreamState`](super::StreamState) are kept up to date
    /// while the stream is open. Default: `false`.
    ///
    /// If `true`, each frame of a source is counted when the body returns it. Frames sent through
    /// an outlet are counted when the task of the stream runs again, and the first frame that is
    /// sent at least one second after the stream was parked wakes the task.
    ///
    /// If `false`, the frames of a source are counted when the code is polled, when the source ends
    /// or pauses, and when the body is dropped; frames sent through an outlet do not wake the task
    /// to be counted.
    #[must_use]
    pub fn observed(mut self, is_observed: bool) -> Self {
        self.is_observed = is_observed;
        self
    }

    /// Ends the stream when this future completes, as if the request's identity had expired. Replaces
    /// an earlier future.
    pub fn expire_when(&mut self, future: EndFuture) {
        self.end_watch = Some(Box::new(EndWatch::new(future)));
        self.is_alone = false;
    }

    /// Returns the next frame, which is complete events and comments or one keep-alive. Returns
    /// `None` at the end of the stream.
    #[inline]
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let is_usual = self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
            && self.is_alone
            && !self.clock.may_be_due();
        if is_usual && let Some(source) = &mut self.source {
            match source.poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(frame)) => return self.send(frame),
                Poll::Ready(Err(end)) => self.hand_over(end),
            }
        }
        self.poll_all(cx)
    }

    /// Registers the polling task if it has changed, ends the stream if its end is due, and returns
    /// the next frame as [`poll_bytes`](Self::poll_bytes) does. If no other frame is ready and a
    /// keep-alive is due, returns the keep-alive.
    #[inline(never)]
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.listen(cx.waker());
        }
        let is_expired = self.end_watch.as_mut().is_some_and(|watch| watch.poll_end(cx));
        let due = if is_expired { Some(Due::End(StreamEnd::Expired)) } else { self.clock.due() };
        match due {
            Some(Due::Close(why)) => self.close(why),
            Some(Due::End(why)) => self.end(why, cx),
            Some(Due::Cut) => self.cut(),
            Some(Due::KeepAlive) | None => {}
        }
        match self.poll_ready(cx) {
            Poll::Pending if due == Some(Due::KeepAlive) => {
                self.send(Frame { bytes: KEEP_ALIVE.clone(), events: 0 })
            }
            polled => polled,
        }
    }

    /// Returns a frame that did not come from the buffer, and adds it to the body's own counts.
    #[inline]
    fn send(&mut self, frame: Frame) -> Poll<Option<Bytes>> {
        self.events = self.events.saturating_add(frame.events);
        let len = u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX);
        self.bytes = self.bytes.saturating_add(len);
        if self.is_observed || self.bytes >= COUNTED_BYTES {
            self.count();
        }
        self.clock.wrote();
        self.has_begun = true;
        Poll::Ready(Some(frame.bytes))
    }

    /// Returns the next frame of the source, and polls the woken code while the source has none. If
    /// there is no source or the code holds it, returns the next frame of the buffer.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let Some(source) = &mut self.source else {
                match self.poll_writer(cx) {
                    Poll::Pending if self.source.is_some() => continue,
                    polled => return polled,
                }
            };
            match source.poll_frame(cx) {
                Poll::Ready(Ok(frame)) => return self.send(frame),
                Poll::Ready(Err(end)) => self.hand_over(end),
                Poll::Pending if self.is_writer_awake() => self.poll_woken(),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Returns the next frame of the buffer, or `None` if the buffer is empty and the code has
    /// finished. While the buffer is empty, polls the code, which writes events itself or holds a
    /// source that has ended or paused.
    fn poll_writer(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(frame) = self.writer.state().buffer.take_frame(cx) {
                self.clock.wrote();
                self.has_begun = true;
                return Poll::Ready(Some(frame));
            }
            if self.writer.has_finished() {
                return Poll::Ready(None);
            }
            if self.bytes > 0 {
                // The code may read the report of its stream.
                self.count();
            }
            if self.writer.poll(cx).is_pending()
                && self.writer.state().buffer.is_idle(&mut self.source)
            {
                self.is_alone = false;
                self.writer_bell = self.source.as_ref().map(|_| Bell::rung());
                return Poll::Pending;
            }
        }
    }

    /// Returns whether the code was woken since the last call.
    fn is_writer_awake(&self) -> bool {
        self.writer_bell.as_ref().is_some_and(|bell| bell.take_ring())
    }

    /// Polls the woken code while the body holds the source. If the code has kept no waker, it
    /// waits only for the source, and its bell is removed.
    fn poll_woken(&mut self) {
        self.count_all();
        let Some(bell) = self.writer_bell.take() else {
            return;
        };
        let waker = Waker::from(Arc::clone(&bell));
        let polled = self.writer.poll(&mut Context::from_waker(&waker));
        let buffer = &self.writer.state().buffer;
        buffer.forget(&waker);
        drop(waker);
        if polled.is_ready() || buffer.is_abandoned() {
            self.source = None;
        } else if Arc::strong_count(&bell) > 1 {
            self.waker.iter().for_each(|waker| bell.listen(waker));
            self.writer_bell = Some(bell);
        }
        self.is_alone = self.writer_bell.is_none() && self.end_watch.is_none();
    }

    /// Registers the waker of the polling task.
    fn listen(&mut self, waker: &Waker) {
        self.clock.listen(waker);
        self.writer_bell.iter().for_each(|bell| bell.listen(waker));
        self.waker = Some(waker.clone());
    }

    /// Ends the stream immediately, for instance because the identity expired or was revoked. The
    /// code is polled once more, so that it can end the stream itself and run the statements after
    /// that; if it does not end the stream, it is dropped.
    fn end(&mut self, why: StreamEnd, cx: &mut Context<'_>) {
        self.clock.close();
        self.close(why);
        if !self.writer.has_finished() {
            let _ = self.writer.poll(cx);
        }
        if !self.writer.state().has_ended() {
            self.cut();
        }
    }

    /// Asks the code to end the stream, and hands the source over to it.
    fn close(&mut self, why: StreamEnd) {
        self.writer.state().buffer.close(why);
        self.hand_over(FrameEnd::Reconnect);
    }

    /// Hands the source over to the code, which ends the stream or resumes the source.
    #[inline(never)]
    fn hand_over(&mut self, end: FrameEnd) {
        self.count_all();
        if let Some(source) = self.source.take() {
            self.writer.state().buffer.end_source(source, end);
        }
    }

    /// Drops the code and the source, and ends the stream if the code has not ended it.
    fn cut(&mut self) {
        self.count_all();
        // The end is recorded first, so that code that runs when the writer is dropped can read it.
        if !self.writer.state().has_ended() {
            let state = self.writer.state();
            state.reconnect(state.reconnection_delay());
        }
        self.writer.stop();
        self.source = None;
    }

    /// Ends the body. If the stream is cut, waits until 50 ms have passed since the last bytes, so
    /// that the connection can send them, and then ends the body with an error.
    #[cold]
    fn poll_last(&mut self) -> Poll<Option<Result<http_body::Frame<Bytes>, StreamCut>>> {
        let state = self.writer.state();
        if !state.buffer.is_cut() {
            return Poll::Ready(None);
        }
        if self.clock.is_before_cut() {
            return Poll::Pending;
        }
        state.buffer.has_cut();
        let end = state.report().map_or(StreamEnd::Stopped, |report| report.end);
        Poll::Ready(Some(Err(StreamCut { end })))
    }

    /// Adds the body's own counts to the buffer's counters, and resets them.
    #[inline(never)]
    fn count(&mut self) {
        let (events, bytes) = (std::mem::take(&mut self.events), std::mem::take(&mut self.bytes));
        self.writer.state().buffer.count(events, bytes.into());
    }

    /// Adds the body's own counts to the buffer's counters, and stores the source's number of gaps
    /// in the buffer.
    fn count_all(&mut self) {
        if self.bytes > 0 {
            self.count();
        }
        if let Some(source) = &self.source {
            self.writer.state().buffer.note_gaps(source.gaps());
        }
    }
}

impl<W: StreamWriter> Parkable for StreamBody<W> {
    fn accepts_outlet(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.accepts_outlet())
    }

    fn park(&mut self, mut parking: Parking<'_>) {
        if let Some(source) = &mut self.source {
            parking.report_at = self.is_observed.then(|| Instant::now() + REPORT_AFTER);
            source.park(parking);
        }
    }

    fn note_delivered(&mut self, delivered: &Delivered) {
        if let Some(source) = &mut self.source {
            source.advance(delivered.position);
        }
        self.has_begun = true;
        self.clock.wrote_at(delivered.at);
        self.writer.state().buffer.count(delivered.events, delivered.bytes);
    }
}

impl<W: StreamWriter> Drop for StreamBody<W> {
    fn drop(&mut self) {
        self.count_all();
    }
}

impl<W: StreamWriter + Unpin> http_body::Body for StreamBody<W> {
    type Data = Bytes;
    type Error = StreamCut;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, StreamCut>>> {
        let this = self.get_mut();
        match this.poll_bytes(cx) {
            Poll::Ready(Some(bytes)) => Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))),
            Poll::Ready(None) => this.poll_last(),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Returns whether no frame and no error is left. Returns `false` for a stream that ended
    /// before its first frame, because a server would send it with a `Content-Length` of zero.
    #[inline]
    fn is_end_stream(&self) -> bool {
        self.has_begun && self.writer.has_finished() && self.writer.state().buffer.is_over()
    }
}

impl<W: StreamWriter> fmt::Debug for StreamBody<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamBody").finish_non_exhaustive()
    }
}
