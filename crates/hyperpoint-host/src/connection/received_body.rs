//! The body of a request, as the application has it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::activity::Activity;

/// The body of a request on HTTP/1, which records whether it was read to its end: only then is what the
/// client sends next another request.
pub(super) struct ReceivedBody {
    body: Incoming,
    /// `None` once the end was read.
    unread: Option<Arc<Activity>>,
}

impl ReceivedBody {
    /// Wraps a body that is not empty.
    pub(super) fn new(body: Incoming, activity: &Arc<Activity>) -> Self {
        activity.set_body_unread(true);
        Self { body, unread: Some(Arc::clone(activity)) }
    }

    #[inline]
    fn note_end(&mut self, is_end: bool) {
        if is_end && let Some(activity) = self.unread.take() {
            activity.set_body_unread(false);
        }
    }
}

impl Body for ReceivedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let is_end = match &polled {
            Poll::Ready(Some(Ok(_))) => self.body.is_end_stream(),
            // A body of a known length that is not complete ends like this only if its connection does.
            Poll::Ready(None) => self.body.size_hint().lower() == 0,
            Poll::Ready(Some(Err(_))) | Poll::Pending => false,
        };
        self.note_end(is_end);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
