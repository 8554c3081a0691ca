//! Bodies that are aborted when the identity of their request is revoked.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyperpoint_sse::stream::EndWatch;

use crate::exchange::{BoxError, BoxedBody};
use crate::identity::Revoked;

/// A streamed body that is aborted when the identity of its request is revoked.
pub(super) struct Watched {
    /// The body, or `None` after it was aborted.
    body: Option<BoxedBody>,
    watch: EndWatch,
}

impl Watched {
    pub(super) fn new(body: BoxedBody, revoked: Revoked) -> Self {
        Self { body: Some(body), watch: EndWatch::new(revoked) }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.watch.poll_end(cx) {
            self.body = None;
            let aborted = "the response was aborted: its identity was revoked";
            return Poll::Ready(Some(Err(aborted.into())));
        }
        match &mut self.body {
            Some(body) => body.as_mut().poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(|body| body.size_hint()).unwrap_or_default()
    }
}
