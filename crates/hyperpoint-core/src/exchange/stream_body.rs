//! The body of an event stream, which owns and polls the handler.

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

/// The body of an event stream. Polling it polls the handler; dropping it drops the handler, and
/// with it the application's stream.
pub(super) struct StreamBody {
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
    clock: Pin<Box<StreamClock>>,
    retry: Duration,
    has_begun: bool,
    /// Whether a frame was taken since the clock was last polled.
    is_clock_unseen: bool,
}

impl StreamBody {
    /// Creates the body for a head that was sent. There is no handler if it finished while it
    /// opened the stream.
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

    /// Returns the next frame: complete events or one keep-alive. `None` at the end.
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
                // A stream that is always ready must also observe its maximum age and the host's
                // shutdown.
                Poll::Pending if self.is_clock_unseen => drop(self.poll_clock(cx)),
                Poll::Pending => {}
            }
        }
    }

    /// Handles the result of the handler.
    fn finish(&mut self, result: Result<Sent, Problem>) {
        self.handler = None;
        if let Err(problem) = result {
            self.exchange.fail(problem);
        }
    }

    /// Returns whether no frame is left. `false` for a stream that ended before its first frame: it
    /// would be sent as a response without a body, with a `Content-Length` of zero.
    pub(super) fn is_end_stream(&self) -> bool {
        self.has_begun && self.handler.is_none() && self.exchange.outbox.is_empty()
    }

    /// Polls the clock, and does what is due.
    fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.is_clock_unseen = false;
        self.clock.as_mut().poll_due(cx).map(|due| match due {
            // Unsent events keep the stream alive themselves.
            Due::KeepAlive if !self.exchange.outbox.is_empty() => {}
            Due::KeepAlive => self.exchange.outbox.keep_alive(),
            Due::Close(why) => self.exchange.outbox.close(why),
            Due::Expire => self.expire(cx),
            Due::Cut => self.cut(),
        })
    }

    /// Ends the stream immediately because its identity expired or was revoked.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        self.clock.as_mut().close();
        self.exchange.outbox.close(StreamEnd::Expired);
        // The handler can run the code after its await, but sends no more events.
        let ended = self.handler.as_mut().map(|handler| handler.as_mut().poll(cx));
        if let Some(Poll::Ready(result)) = ended {
            self.finish(result);
        }
        if !self.exchange.has_ended() {
            self.cut();
        }
    }

    /// Drops the handler, and ends the stream if the handler did not.
    fn cut(&mut self) {
        // The end is recorded first, so that code that runs when the handler is dropped can read
        // it.
        if !self.exchange.has_ended() {
            self.exchange.send_reconnect(self.retry);
        }
        self.handler = None;
    }
}
