//! The body of a response that hyper sends.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperpoint_core::Body;

use super::activity::OpenRequest;
use super::departure::{Departed, depart};

/// A response body that keeps its request counted as open until it is sent or dropped.
///
/// The body of an event stream may be held back: it then yields nothing until hyper has sent the
/// head. If the head was sent as expected, hyper's connection is dismantled and the stream is sent
/// without hyper. Otherwise the body is released, and hyper sends it like any other body.
pub(super) struct CountedBody {
    pub(super) body: Body,
    /// The counted request, or `None` while the body is being dropped.
    pub(super) open: Option<OpenRequest>,
    /// Whether the body is held back until the head was sent, because [`OpenRequest::await_head`]
    /// was called.
    pub(super) is_held: bool,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.is_held {
            // The connection's task polls the body again after releasing it.
            if self.open.as_ref().is_some_and(OpenRequest::holds_body) {
                return Poll::Pending;
            }
            self.is_held = false;
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for CountedBody {
    #[inline]
    fn drop(&mut self) {
        if self.is_held
            && let Some(open) = self.open.take()
        {
            depart(Departed { body: std::mem::take(&mut self.body), open });
        }
    }
}
