//! The body of an event stream: it owns the handler and polls it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;

use super::exchange::Exchange;
use super::sent::{HandlerFuture, Sent};
use super::stream_clock::{Due, StreamClock};
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::problem::Problem;

/// The body of an event stream. To poll it is to poll the handler; to drop it is to drop the
/// handler, and with it the user's stream.
pub(super) struct StreamBody {
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
    clock: Pin<Box<StreamClock>>,
    retry: Duration,
    has_begun: bool,
    /// Whether a frame was taken since the last look at the clock.
    is_clock_unseen: bool,
}

impl StreamBody {
    /// The body behind a head. No handler is left where it ended while it opened its stream.
    pub(super) fn new(
        exchange: Arc<Exchange>,
        handler: Option<HandlerFuture>,
        options: StreamOptions,
    ) -> Self {
        let clock =
            Box::pin(StreamClock::new(&options, exchange.expires_in(), exchange.host().stopping()));
        let retry = options.retry;
        Self { exchange, handler, clock, retry, has_begun: false, is_clock_unseen: false }
    }

    /// The next frame: whole events, or one keep-alive. None at the end.
    pub(super) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(frame) = self.exchange.outbox.take_frame(cx) {
                self.clock.as_mut().wrote();
                (self.has_begun, self.is_clock_unseen) = (true, true);
                return Poll::Ready(Some(frame));
            }
            let Some(handler) = &mut self.handler else {
                return Poll::Ready(None);
            };
            match handler.as_mut().poll(cx) {
                Poll::Ready(result) => self.finish(result),
                Poll::Pending if self.exchange.outbox.is_empty() => ready!(self.poll_clock(cx)),
                // A stream that is always ready has an age too, and a host that stops.
                Poll::Pending if self.is_clock_unseen => drop(self.poll_clock(cx)),
                Poll::Pending => {}
            }
        }
    }

    fn finish(&mut self, result: Result<Sent, Problem>) {
        self.handler = None;
        if let Err(problem) = result {
            self.exchange.fail(problem);
        }
    }

    /// Whether no frame is left. Not told of a stream that is over before its first: it would be
    /// sent as an answer without a body, with a `Content-Length` of zero.
    pub(super) fn is_end_stream(&self) -> bool {
        self.has_begun && self.handler.is_none() && self.exchange.outbox.is_empty()
    }

    /// Does what is due.
    fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.is_clock_unseen = false;
        self.clock.as_mut().poll_due(cx).map(|due| match due {
            // What waits to be sent keeps the stream alive itself.
            Due::KeepAlive if !self.exchange.outbox.is_empty() => {}
            Due::KeepAlive => self.exchange.outbox.keep_alive(),
            Due::Close(why) => self.exchange.outbox.close(why),
            Due::Expire => self.expire(cx),
            Due::Cut => self.cut(),
        })
    }

    /// Ends the stream now: its identity expired or was revoked.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        self.clock.as_mut().close();
        self.exchange.outbox.close(StreamEnd::Expired);
        // Time for the code behind the await, and for no event more.
        let ended = self.handler.as_mut().map(|handler| handler.as_mut().poll(cx));
        if let Some(Poll::Ready(result)) = ended {
            self.finish(result);
        }
        if !self.exchange.has_ended() {
            self.cut();
        }
    }

    /// Drops the handler, and ends a stream that it left without an end.
    fn cut(&mut self) {
        // Ended before the handler is dropped: whoever sees it go learns why.
        if !self.exchange.has_ended() {
            self.exchange.send_reconnect(self.retry);
        }
        self.handler = None;
    }
}
