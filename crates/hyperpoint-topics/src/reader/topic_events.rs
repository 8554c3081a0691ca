//! [`TopicEvents`], the events of a subscription as an in-process `Stream`.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use hyperpoint_sse::stream::{FrameEnd, FrameSource, FrameStart};
use hyperpoint_sse::{Decoded, Decoder, Event};

use super::received::{Decode, Received};
use crate::position::Position;
use crate::subscription::{Gap, Subscription};

/// The events of a subscription, as a `Stream` of [`Received`].
///
/// Events are read from the log of the topic when the stream is polled; there is no queue. The
/// stream ends only if reading its topics fails. It continues after gaps, and after events that do
/// not decode.
///
/// # Cancel safety
///
/// No event is lost if a future of `next` is dropped.
#[must_use = "a stream does nothing until it is polled"]
pub struct TopicEvents<T> {
    /// The subscription, or `None` after the end of the stream.
    subscription: Option<Box<Subscription>>,
    decoder: Decoder,
    decode: Decode<T>,
    /// The position up to which every event was returned or reported as missing.
    position: Option<Position>,
    /// The gap to return next, and the position at which the stream continues after it.
    gap: Option<(Gap, Position)>,
}

impl<T> TopicEvents<T> {
    pub(super) fn new(
        mut subscription: Subscription,
        after: Option<Position>,
        decode: Decode<T>,
    ) -> Self {
        subscription.keep_control();
        subscription.start_after(after);
        subscription.open(FrameStart::default());
        // The log has already refused events that are too large.
        let decoder = Decoder::with_max_event_bytes(usize::MAX);
        let subscription = Some(Box::new(subscription));
        let mut this = Self { subscription, decoder, decode, position: None, gap: None };
        // Starts now rather than when it is first polled, so that no event is missed until then.
        let _ = this.poll_received(&mut Context::from_waker(Waker::noop()), true);
        // Until the gap is returned, the position is the requested one.
        this.position = this.position.or(after.filter(|_| this.gap.is_some()));
        this
    }

    /// Returns the position up to which every event was returned, skipped by the options of the
    /// subscription, or reported as missing. With a backplane, returns `None` until the backplane
    /// is first reached; the subscription starts then.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    fn received(&mut self, event: &Event) -> Option<Received<T>> {
        let received = Received::of(event, self.decode)?;
        if let Received::Event { position, .. } | Received::Undecoded { position, .. } = &received {
            self.position = Some(*position);
        }
        Some(received)
    }

    /// Returns the next item, or `None` at the end. If `starts` is true, also returns `None` once
    /// the subscription has started.
    fn poll_received(&mut self, cx: &mut Context<'_>, starts: bool) -> Poll<Option<Received<T>>> {
        loop {
            if let Some((gap, position)) = self.gap.take() {
                self.position = Some(position);
                return Poll::Ready(Some(Received::Gap(gap)));
            }
            if let Some(received) = self.pop() {
                return Poll::Ready(Some(received));
            }
            let Some(subscription) = &mut self.subscription else {
                return Poll::Ready(None);
            };
            let frame = match ready!(subscription.poll_frame(cx)) {
                Ok(frame) => frame,
                // A client would reconnect with its last event id.
                Err(FrameEnd::Reconnect) => {
                    subscription.restart();
                    continue;
                }
                Err(end) => {
                    log_failure(&end);
                    self.subscription = None;
                    continue;
                }
            };
            match subscription.take_control() {
                Some(control) => match control.gap {
                    Some(gap) => self.gap = Some((gap, control.position)),
                    None => self.position = Some(control.position),
                },
                None if self.decoder.push(&frame.bytes).is_ok() => {}
                None => self.subscription = None,
            }
            if starts {
                return Poll::Ready(None);
            }
        }
    }

    /// Returns the next event in the bytes read so far, or `None` if they have no further event.
    fn pop(&mut self) -> Option<Received<T>> {
        loop {
            if let Decoded::Event(event) = self.decoder.pop()?
                && let Some(received) = self.received(&event)
            {
                return Some(received);
            }
        }
    }
}

fn log_failure(end: &FrameEnd) {
    if let FrameEnd::Failed(error) = end {
        tracing::error!(
            error = &**error as &dyn Error,
            "a subscription to a topic failed; its stream of events ends"
        );
    }
}

impl<T> Stream for TopicEvents<T> {
    type Item = Received<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Received<T>>> {
        self.get_mut().poll_received(cx, false)
    }
}

impl<T> fmt::Debug for TopicEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicEvents").field("position", &self.position).finish_non_exhaustive()
    }
}
