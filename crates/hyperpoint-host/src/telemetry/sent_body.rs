//! A response body that reports to the request's telemetry.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperpoint_core::Body;
use hyperpoint_sse::stream::{Delivered, Parkable, Parking};

use super::request_telemetry::RequestTelemetry;

/// A response body that reports its bytes and its end to the request's telemetry.
pub(crate) struct SentBody {
    /// The inner body, or `None` while this body is being dropped.
    body: Option<Body>,
    telemetry: RequestTelemetry,
}

impl SentBody {
    pub(crate) fn new(body: Body, telemetry: RequestTelemetry) -> Self {
        Self { body: Some(body), telemetry }
    }
}

impl HttpBody for SentBody {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, telemetry } = self.get_mut();
        let Some(body) = body else {
            return Poll::Ready(None);
        };
        let polled = telemetry.span().in_scope(|| Pin::new(body).poll_frame(cx));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                telemetry.add_sent(frame.data_ref().map_or(0, |bytes| bytes.len() as u64));
            }
            Poll::Ready(None) => telemetry.body_completed(),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Parkable for SentBody {
    fn accepts_outlet(&self) -> bool {
        self.body.as_ref().is_some_and(Parkable::accepts_outlet)
    }

    fn park(&mut self, parking: Parking<'_>) {
        if let Some(body) = &mut self.body {
            body.park(parking);
        }
    }

    fn note_delivered(&mut self, delivered: &Delivered) {
        if let Some(body) = &mut self.body {
            body.note_delivered(delivered);
        }
        self.telemetry.add_sent(delivered.bytes);
    }
}

impl Drop for SentBody {
    fn drop(&mut self) {
        if self.is_end_stream() {
            self.telemetry.body_completed();
        }
        // Events that the handler logs while it is being dropped belong to the request's span.
        self.telemetry.span().in_scope(|| self.body = None);
    }
}
