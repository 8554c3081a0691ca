//! The response of a handler, until the response body or the connection takes it.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use hyperpoint_sse::stream::{FrameSource, StreamOptions};

use super::boxed_body::BoxedBody;
use super::byte_slot::ByteSlot;

/// The part of the response that the handler has produced so far.
#[derive(Default)]
pub(super) struct PendingResponse {
    /// The head, or `None` if nothing in it was set, or if `stage` has all that was set. Boxed, because it is
    /// large and most handlers set nothing else.
    pub(super) head: Option<Box<Response<()>>>,
    pub(super) stage: ResponseStage,
}

impl PendingResponse {
    /// Returns the head for modification.
    pub(super) fn head(&mut self) -> &mut Response<()> {
        let Self { head, stage } = self;
        head.get_or_insert_with(|| Box::new(stage.take_head()))
    }

    #[inline]
    pub(super) fn take_head(&mut self) -> Response<()> {
        match self.head.take() {
            Some(head) => *head,
            None => self.stage.take_head(),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match (&self.head, &self.stage) {
            (_, ResponseStage::Chunks(status, _))
            | (None, ResponseStage::Plain { status, .. }) => *status,
            (Some(head), _) => head.status(),
            (None, _) => StatusCode::OK,
        }
    }
}

/// An event stream that the handler opened: its options, and the source of its frames if that is
/// not the handler.
pub(crate) struct OpenedStream {
    pub(crate) options: StreamOptions,
    pub(crate) source: Option<Box<dyn FrameSource>>,
}

/// The progress of a response.
#[derive(Default)]
pub(super) enum ResponseStage {
    #[default]
    Open,
    /// A response in memory. Its content type is in the head instead, if there is one.
    Plain { body: Bytes, status: StatusCode, kind: Option<HeaderValue> },
    /// A response whose body is a `BoxedBody`, such as a file or a range of it.
    Whole(BoxedBody),
    /// A byte stream whose head is to be sent, with its length if known.
    ByteStream(Option<u64>),
    /// A byte stream whose head was sent, with its status.
    Chunks(StatusCode, ByteSlot),
    /// An event stream whose head is to be sent. Boxed, so that other responses reserve no space
    /// for it.
    Stream(Box<OpenedStream>),
    /// An event stream whose head was sent.
    Streaming,
}

impl ResponseStage {
    /// Creates the head of the response, to which the content type is moved.
    #[inline]
    fn take_head(&mut self) -> Response<()> {
        let mut head = Response::default();
        if let Self::Plain { status, kind, .. } = self {
            *head.status_mut() = *status;
            if let Some(kind) = kind.take() {
                head.headers_mut().insert(CONTENT_TYPE, kind);
            }
        }
        head
    }
}
