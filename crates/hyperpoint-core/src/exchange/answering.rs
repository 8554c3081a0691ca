//! From a handler at work to the answer it gives.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::body::Body;
use super::exchange::{Answer, Exchange};
use super::frame_source::FrameSource;
use super::frames_body::FramesBody;
use super::sent::{HandlerFuture, Sent};
use super::stream_body::StreamBody;
use super::stream_options::StreamOptions;
use crate::problem::Problem;

/// Polls a handler until its answer's head is known: when it returns, or as soon as it opens an
/// event stream, whose body then owns it.
pub struct Answering {
    exchange: Arc<Exchange>,
    handler: Option<HandlerFuture>,
}

impl Answering {
    /// The answer of this handler, which works on this exchange.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>, handler: HandlerFuture) -> Self {
        Self { exchange, handler: Some(handler) }
    }

    fn stream(
        &mut self,
        head: HeaderMap,
        options: StreamOptions,
        source: Option<Box<dyn FrameSource>>,
    ) -> Response<Body> {
        let (exchange, handler) = (Arc::clone(&self.exchange), self.handler.take());
        let body = match source {
            _ if exchange.is_head_request() => Body::untold(),
            None => Body::stream(StreamBody::new(exchange, handler, options)),
            Some(source) => Body::frames(FramesBody::new(exchange, handler, source, options)),
        };
        let mut response = Response::new(body);
        *response.headers_mut() = event_stream_head(head);
        response
    }

    /// Ends the stream of a handler that failed as soon as it had opened it.
    fn note_failure(&self, result: Option<Result<Sent, Problem>>) {
        if let Some(Err(problem)) = result {
            self.exchange.fail(problem);
        }
    }
}

impl Future for Answering {
    type Output = Result<Response<Body>, Problem>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(handler) = &mut self.handler else {
            return Poll::Pending;
        };
        let result = match handler.as_mut().poll(cx) {
            Poll::Ready(result) => {
                self.handler = None;
                Some(result)
            }
            Poll::Pending => None,
        };
        match (self.exchange.take_answer(), result) {
            (Answer::Stream(head, options), result) => {
                self.note_failure(result);
                Poll::Ready(Ok(self.stream(head, options, None)))
            }
            (Answer::Frames(head, options, source), result) => {
                self.note_failure(result);
                Poll::Ready(Ok(self.stream(head, options, Some(source))))
            }
            (_, Some(Err(problem))) => Poll::Ready(Err(problem)),
            (Answer::Plain(response), Some(Ok(_))) => Poll::Ready(Ok(response.map(Body::full))),
            (_, Some(Ok(_))) => Poll::Ready(Err(Problem::internal(
                "the handler returned the `Sent` of another request",
            ))),
            (answer, None) => {
                if let Answer::Plain(response) = answer {
                    self.exchange.answer(response);
                }
                Poll::Pending
            }
        }
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

/// The head that every event stream has: never stored, never buffered or changed on its way.
fn event_stream_head(mut headers: HeaderMap) -> HeaderMap {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers
}
