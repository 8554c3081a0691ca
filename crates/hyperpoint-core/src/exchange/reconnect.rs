//! An event stream that only asks the client to reconnect.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Frame;
use hyperpoint_sse::{Encoder, Fields, MAX_RETRY, MIN_RETRY, framework};

use super::answering::event_stream_head;
use super::body::Body;
use super::exchange::Empty;
use super::stream_options::between;

/// Creates the response to a request for an event stream that cannot be served now: 200, an event
/// `reconnect` whose `retry` is between `after` and 1.5 times that, and a clean end. A browser that
/// receives any other status never reconnects (WHATWG, "Server-sent events", on failing the
/// connection).
#[must_use]
pub fn reconnect(after: Duration) -> Response<Body> {
    let retry = after.clamp(MIN_RETRY, MAX_RETRY).mul_f64(between(1.0, 1.5)).min(MAX_RETRY);
    let mut encoder = Encoder::new();
    let fields = Fields { name: Some(&framework::RECONNECT), id: None, retry: Some(retry) };
    if let Err(error) = encoder.json(fields, &Empty {}) {
        tracing::error!(%error, "failed to encode an event of the framework");
    }
    let mut response = Response::new(Body::boxed(LastWords(Some(encoder.take()))));
    event_stream_head(response.headers_mut());
    response
}

/// A body of one chunk without a length, because event streams have none.
struct LastWords(Option<Bytes>);

impl http_body::Body for LastWords {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(Frame::data).map(Ok))
    }
}
