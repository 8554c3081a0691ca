//! The future that polls a handler until its response can be sent.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use hyperpoint_sse::stream::{StreamBody, StreamEnd, event_stream_head};

use super::body::Body;
use super::bytes_body::BytesBody;
use crate::exchange::{
    Exchange, HandlerFuture, HandlerSlot, OpenedBytes, OpenedStream, Sent, StreamProbe, WantsReport,
};
use crate::problem::{ErrorFormat, Problem};

/// A future that polls a handler until the head of its response is known: when the handler returns,
/// or as soon as it opens a stream. The body of the stream then owns the handler. For a HEAD
/// request, the handler of a stream is dropped instead.
pub struct Answering {
    handler: HandlerSlot,
}

impl Answering {
    /// Creates the future for a handler, which writes its response to this exchange.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>, handler: HandlerFuture) -> Self {
        Self { handler: HandlerSlot::new(exchange, handler) }
    }

    /// Returns the format of the error responses.
    #[must_use]
    pub fn error_format(&self) -> &ErrorFormat {
        self.exchange().error_format()
    }

    fn exchange(&self) -> &Arc<Exchange> {
        &self.handler.exchange
    }

    /// Builds the response of an opened event stream.
    fn stream(&mut self, mut head: Response<()>, opened: OpenedStream) -> Response<Body> {
        event_stream_head(head.headers_mut());
        if self.exchange().is_head_request() {
            // Recorded before the handler is dropped, so that post-processors can read how the
            // stream ended.
            self.exchange().stream().end(StreamEnd::Finished);
            return head.map(|()| Body::withheld_unsized());
        }
        let OpenedStream { options, source } = opened;
        let host = self.exchange().host();
        let (scope, is_observed) = (host.streams().clone(), host.is_observed());
        if is_observed {
            head.extensions_mut().insert(StreamProbe::new(self.exchange()));
        }
        let expires_in = self.exchange().expires_in();
        if self.exchange().request().extensions.get::<WantsReport>().is_some() {
            head.extensions_mut().insert(WantsReport::answered(self.exchange()));
        }
        let body = StreamBody::new(self.handler.take(), source, &options, expires_in, &scope);
        let is_detachable = self.exchange().is_body_read();
        head.map(|()| Body::stream(body.observed(is_observed), is_detachable))
    }

    /// Builds the response of an opened byte stream.
    fn bytes(&mut self, (head, length): OpenedBytes) -> Response<Body> {
        let is_head = self.exchange().is_head_request();
        let body = Body::boxed(BytesBody::new(self.handler.take(), length));
        // For HEAD, `withheld` drops the body, and with it the handler.
        head.map(|()| if is_head { body.withheld() } else { body })
    }

    /// Returns the response of a finished handler, if the body of the response is a `BoxedBody` or
    /// a byte stream.
    ///
    /// # Errors
    ///
    /// A 500 if the exchange has no response.
    #[cold]
    fn other(&mut self) -> Result<Response<Body>, Problem> {
        if let Some(whole) = self.exchange().take_whole() {
            return Ok(whole.map(Body::from));
        }
        let bytes = self.exchange().take_bytes();
        let of_another = || {
            Problem::internal(
                "the handler returned the `Sent` of another request; use its own `cx.send`",
            )
        };
        bytes.map(|opened| self.bytes(opened)).ok_or_else(of_another)
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Problem>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.handler.is_empty() {
            return Poll::Pending;
        }
        let result = self.handler.poll_handler(cx);
        if let Some((head, opened)) = self.exchange().take_stream() {
            if let Poll::Ready(Err(problem)) = result {
                self.exchange().fail(problem);
            }
            return Poll::Ready(Ok(self.stream(head, *opened)));
        }
        if result.is_pending()
            && let Some(opened) = self.exchange().take_bytes()
        {
            return Poll::Ready(Ok(self.bytes(opened)));
        }
        let _: Sent = ready!(result)?;
        let plain = self.exchange().take_plain();
        Poll::Ready(plain.map_or_else(|| self.other(), |plain| Ok(plain.map(Body::full))))
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
