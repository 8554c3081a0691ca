//! The body of an answer under observation.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperpoint_core::Body;

use super::watch::Watch;

/// The body of an answer under observation.
pub(crate) struct SentBody {
    /// None while it is dropped.
    body: Option<Body>,
    watch: Watch,
}

impl SentBody {
    pub(crate) fn new(body: Body, watch: Watch) -> Self {
        Self { body: Some(body), watch }
    }
}

impl HttpBody for SentBody {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, watch } = self.get_mut();
        let Some(body) = body else {
            return Poll::Ready(None);
        };
        let polled = watch.span().in_scope(|| Pin::new(body).poll_frame(cx));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => watch.sent(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(None) => watch.is_whole(),
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

impl Drop for SentBody {
    fn drop(&mut self) {
        if self.is_end_stream() {
            self.watch.is_whole();
        }
        // What the handler says as it goes belongs to its request.
        self.watch.span().in_scope(|| self.body = None);
    }
}
