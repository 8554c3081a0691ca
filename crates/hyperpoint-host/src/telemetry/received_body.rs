//! A request body that counts its bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::request_record::RequestRecord;

pin_project_lite::pin_project! {
    /// A request body that adds its bytes to the request's record.
    pub(crate) struct ReceivedBody<B> {
        #[pin]
        body: B,
        record: Arc<RequestRecord>,
    }
}

impl<B> ReceivedBody<B> {
    pub(crate) fn new(body: B, record: Arc<RequestRecord>) -> Self {
        Self { body, record }
    }
}

impl<B: Body<Data = Bytes>> Body for ReceivedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let polled = this.body.poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            this.record.add_received(frame.data_ref().map_or(0, Bytes::len));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
