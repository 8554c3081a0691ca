//! The headers of event streams, and an event stream that only asks the client to reconnect.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;

use super::jitter::between;
use crate::encode::Fields;
use crate::encoder::Encoder;
use crate::framework;
use crate::retry::{MAX_RETRY, MIN_RETRY};

/// Sets the headers of an event stream: its content type, and headers that prevent caches from
/// reusing it and proxies from buffering or changing it.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::HeaderMap;
/// use hyperpoint::sse::stream::event_stream_head;
///
/// let mut headers = HeaderMap::new();
/// event_stream_head(&mut headers);
/// assert_eq!(headers["content-type"], "text/event-stream");
/// assert_eq!(headers["cache-control"], "no-cache, no-transform");
/// ```
pub fn event_stream_head(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}

/// Creates a response with the headers of an event stream and this body.
pub(super) fn event_stream_response<B>(body: B) -> Response<B> {
    let mut response = Response::new(body);
    event_stream_head(response.headers_mut());
    response
}

/// Creates the response to a request for an event stream that cannot be served now: status 200, an
/// event `reconnect`, and a clean end. The `retry` of the event is a random time from `after` to
/// 1.5 times `after`, within [`MIN_RETRY`] and [`MAX_RETRY`]. The status is 200 because a browser
/// that receives any other status never reconnects (WHATWG, "Server-sent events", on failing the
/// connection).
#[must_use]
pub fn reconnect(after: Duration) -> Response<LastEvent> {
    let retry = after.clamp(MIN_RETRY, MAX_RETRY).mul_f64(between(1.0, 1.5)).min(MAX_RETRY);
    let mut encoder = Encoder::new();
    let fields = Fields { name: Some(&framework::RECONNECT), id: None, retry: Some(retry) };
    let is_written = encoder.text(fields, "{}").is_ok();
    debug_assert!(is_written, "an event of the framework is small");
    event_stream_response(LastEvent(Some(encoder.take())))
}

/// The body of a stream with one event. It reports no length, so that the response has no
/// `Content-Length`, like any other event stream.
#[derive(Debug)]
pub struct LastEvent(Option<Bytes>);

impl http_body::Body for LastEvent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(Frame::data).map(Ok))
    }
}
