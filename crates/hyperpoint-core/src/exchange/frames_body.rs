//! The body of a frame stream, which owns the handler and polls the source directly.

use std::mem::offset_of;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hyperpoint_sse::Encoder;

use super::exchange::Exchange;
use super::frame_source::{Frame, FrameEnd, FrameSource};
use super::frames_clock::FramesClock;
use super::sent::{HandlerFuture, Sent};
use super::stream_clock::Due;
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::clock::Bell;
use crate::problem::Problem;

/// The encoded keep-alive comment.
static KEEP_ALIVE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut encoder = Encoder::new();
    encoder.keep_alive();
    encoder.take()
});

/// The body of a frame stream. While the source returns frames, the handler is polled only when
/// something that it waits for wakes it, and when the source ends or pauses.
///
/// The fields that each frame reads are at the front, in one cache line: with very many streams,
/// nothing of a stream is in the cache when it is woken, and each line is a cache miss.
#[repr(C, align(64))]
pub(super) struct FramesBody {
    /// The waker of the task that polls this body.
    waker: Option<Waker>,
    /// The source, or `None` while the handler has it and after the end.
    source: Option<Box<dyn FrameSource>>,
    /// Bytes and events of the source that are not added to the outbox's counters yet.
    bytes: u32,
    events: u32,
    /// Whether the handler waits only for the source.
    is_alone: bool,
    has_begun: bool,
    /// Whether telemetry reads the counters while the stream is open.
    is_observed: bool,
    clock: FramesClock,
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
    /// The bell that the handler's wakers ring, or `None` if `is_alone`.
    handler_bell: Option<Arc<Bell>>,
    retry: Duration,
}

const _: () = assert!(
    offset_of!(FramesBody, clock) + FramesClock::HOT_BYTES <= 64,
    "the fields that each frame reads are in one cache line"
);

/// Counters are flushed before they overflow.
const COUNTED_BYTES: u32 = 1 << 30;

impl FramesBody {
    /// Creates the body for a head that was sent. There is no handler if it finished while it
    /// opened the stream; then the source is dropped, because the handler no longer waits for its
    /// end.
    pub(super) fn new(
        exchange: Arc<Exchange>,
        handler: Option<HandlerFuture>,
        source: Box<dyn FrameSource>,
        options: StreamOptions,
    ) -> Self {
        let clock = FramesClock::new(&options, exchange.expires_in(), exchange.host());
        let source = handler.is_some().then_some(source);
        let (handler_bell, retry) = (Some(rung_bell()), options.retry);
        let is_observed = exchange.host().is_observed();
        Self {
            exchange,
            handler,
            source,
            clock,
            waker: None,
            is_alone: false,
            handler_bell,
            retry,
            has_begun: false,
            events: 0,
            bytes: 0,
            is_observed,
        }
    }

    /// Returns the next frame: complete events or one keep-alive. `None` at the end.
    #[inline]
    pub(super) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
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

    /// Checks everything: whether the polling task changed, what is due, whether the handler was
    /// woken.
    #[inline(never)]
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.listen(cx.waker());
        }
        let due = self.clock.due(self.exchange.host());
        match due {
            Some(Due::Close(why)) => self.close(why),
            Some(Due::Expire) => self.close(StreamEnd::Expired),
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

    /// Returns whether no frame is left. `false` for a stream that ended before its first frame:
    /// see [`StreamBody`](super::stream_body::StreamBody).
    #[inline]
    pub(super) fn is_end_stream(&self) -> bool {
        self.has_begun && self.handler.is_none() && self.exchange.outbox.is_empty()
    }

    /// Returns a frame that did not come from the outbox, and counts it.
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

    /// Polls the source, or the handler while it has the source.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let Some(source) = &mut self.source else {
                match self.poll_handler(cx) {
                    Poll::Pending if self.source.is_some() => continue,
                    polled => return polled,
                }
            };
            match source.poll_frame(cx) {
                Poll::Ready(Ok(frame)) => return self.send(frame),
                Poll::Ready(Err(end)) => self.hand_over(end),
                Poll::Pending if self.is_handler_awake() => self.poll_woken(),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Polls the handler after the source ended or paused. The handler may return the source.
    fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(frame) = self.exchange.outbox.take_frame(cx) {
                self.clock.wrote();
                self.has_begun = true;
                return Poll::Ready(Some(frame));
            }
            let Some(handler) = &mut self.handler else {
                return Poll::Ready(None);
            };
            match handler.as_mut().poll(cx) {
                Poll::Ready(result) => self.finish(result),
                Poll::Pending if self.exchange.outbox.is_empty() => {
                    self.source = self.exchange.take_resumed();
                    (self.is_alone, self.handler_bell) = (false, Some(rung_bell()));
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
    }

    /// Returns whether the handler was woken since the last call.
    fn is_handler_awake(&self) -> bool {
        self.handler_bell.as_ref().is_some_and(|bell| bell.take_ring())
    }

    /// Polls the woken handler while the source is active. If the handler no longer waits for
    /// anything else, its bell is removed.
    fn poll_woken(&mut self) {
        self.count_all();
        let (Some(handler), Some(bell)) = (&mut self.handler, self.handler_bell.take()) else {
            return;
        };
        self.is_alone = true;
        let waker = Waker::from(Arc::clone(&bell));
        let polled = handler.as_mut().poll(&mut Context::from_waker(&waker));
        self.exchange.outbox.forget(&waker);
        drop(waker);
        match polled {
            Poll::Ready(result) => self.finish(result),
            Poll::Pending if self.exchange.is_abandoned() => self.source = None,
            Poll::Pending if Arc::strong_count(&bell) > 1 => {
                self.waker.iter().for_each(|waker| bell.listen(waker));
                (self.is_alone, self.handler_bell) = (false, Some(bell));
            }
            Poll::Pending => {}
        }
    }

    /// Registers the waker of the polling task.
    fn listen(&mut self, waker: &Waker) {
        self.clock.listen(waker);
        self.handler_bell.iter().for_each(|bell| bell.listen(waker));
        self.waker = Some(waker.clone());
    }

    /// Ends the stream immediately because its identity was revoked.
    pub(super) fn expire(&mut self) {
        self.clock.expire();
        self.close(StreamEnd::Expired);
    }

    /// Asks the handler to end the stream.
    fn close(&mut self, why: StreamEnd) {
        self.exchange.outbox.close(why);
        self.hand_over(FrameEnd::Reconnect);
    }

    /// Hands the source over to the handler, which ends the stream or resumes the source.
    #[inline(never)]
    fn hand_over(&mut self, end: FrameEnd) {
        self.count_all();
        if let Some(source) = self.source.take() {
            self.exchange.end_frames(source, end);
        }
    }

    /// Drops the handler, and ends the stream if the handler did not.
    fn cut(&mut self) {
        self.count_all();
        // The end is recorded first, so that code that runs when the handler is dropped can read
        // it.
        if !self.exchange.has_ended() {
            self.exchange.send_reconnect(self.retry);
        }
        (self.handler, self.source) = (None, None);
    }

    /// Adds the pending counts to the outbox's counters.
    #[inline(never)]
    fn count(&mut self) {
        let (events, bytes) = (std::mem::take(&mut self.events), std::mem::take(&mut self.bytes));
        self.exchange.outbox.count(events, bytes.into());
    }

    /// Adds the pending counts and the source's gaps to the outbox's counters.
    fn count_all(&mut self) {
        self.count();
        if let Some(source) = &self.source {
            self.exchange.outbox.note_gaps(source.gaps());
        }
    }

    /// Handles the result of the handler.
    fn finish(&mut self, result: Result<Sent, Problem>) {
        (self.handler, self.source) = (None, None);
        if let Err(problem) = result {
            self.exchange.fail(problem);
        }
    }
}

impl Drop for FramesBody {
    fn drop(&mut self) {
        self.count_all();
    }
}

/// Creates a bell that has rung, so that the handler is polled at the first check.
fn rung_bell() -> Arc<Bell> {
    let bell = Arc::<Bell>::default();
    bell.ring();
    bell
}
