//! Drives a handler until its response can be sent.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::body::Body;
use super::bytes_body::BytesBody;
use super::bytes_relay::OpenedBytes;
use super::exchange::{Exchange, OpenedStream};
use super::frames_body::FramesBody;
use super::sent::{HandlerFuture, Sent};
use super::stream_body::StreamBody;
use super::stream_probe::StreamProbe;
use super::stream_report::StreamEnd;
use crate::problem::{ErrorFormat, Problem};

/// Polls a handler until the head of its response is known: when the handler returns, or as soon as
/// it opens a stream. The body of a stream then owns the handler.
pub struct Answering {
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
}

impl Answering {
    /// Creates the future for this handler, which uses this exchange.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>, handler: HandlerFuture) -> Self {
        Self { exchange, handler: Some(handler) }
    }

    /// Returns how a problem of the handler becomes a response.
    #[must_use]
    pub fn error_format(&self) -> &ErrorFormat {
        self.exchange.error_format()
    }

    /// Builds the response of an opened event stream.
    fn stream(&mut self, mut head: Response<()>, opened: OpenedStream) -> Response<Body> {
        let OpenedStream { options, source } = opened;
        event_stream_head(head.headers_mut());
        if self.exchange.host().is_observed() && !self.exchange.is_head_request() {
            head.extensions_mut().insert(StreamProbe::new(&self.exchange));
        }
        let (exchange, handler) = (Arc::clone(&self.exchange), self.handler.take());
        let body = match source {
            _ if exchange.is_head_request() => {
                exchange.end(StreamEnd::Finished);
                // The handler is dropped after the reason of its end was recorded.
                self.handler = handler;
                Body::withheld_unsized()
            }
            None => Body::stream(StreamBody::new(exchange, handler, options)),
            Some(source) => Body::frames(FramesBody::new(exchange, handler, source, options)),
        };
        head.map(|()| body)
    }

    /// Builds the response of an opened byte stream.
    fn bytes(&mut self, (head, length): OpenedBytes) -> Response<Body> {
        let (exchange, handler) = (Arc::clone(&self.exchange), self.handler.take());
        let is_head = exchange.is_head_request();
        let body = Body::boxed(BytesBody::new(exchange, handler, length));
        // The body of a response to HEAD is dropped unread, and the handler with it.
        head.map(|()| if is_head { body.withheld() } else { body })
    }

    /// Returns the response of a finished handler, unless it is bytes in memory.
    #[cold]
    fn other(&mut self) -> Result<Response<Body>, Problem> {
        if let Some(whole) = self.exchange.take_whole() {
            return Ok(whole.map(Body::from));
        }
        let bytes = self.exchange.take_bytes();
        let of_another = || Problem::internal("the handler returned the `Sent` of another request");
        bytes.map(|opened| self.bytes(opened)).ok_or_else(of_another)
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Problem>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(handler) = &mut self.handler else {
            return Poll::Pending;
        };
        let result = handler.as_mut().poll(cx);
        if result.is_ready() {
            self.handler = None;
        }
        if let Some((head, opened)) = self.exchange.take_stream() {
            if let Poll::Ready(Err(problem)) = result {
                self.exchange.fail(problem);
            }
            return Poll::Ready(Ok(self.stream(head, *opened)));
        }
        if result.is_pending()
            && let Some(opened) = self.exchange.take_bytes()
        {
            return Poll::Ready(Ok(self.bytes(opened)));
        }
        let _: Sent = ready!(result)?;
        let plain = self.exchange.take_plain();
        Poll::Ready(plain.map_or_else(|| self.other(), |plain| Ok(plain.map(Body::full))))
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

/// Sets the headers of every event stream, which prevent caches and proxies from storing, buffering
/// or changing it.
pub(super) fn event_stream_head(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}
