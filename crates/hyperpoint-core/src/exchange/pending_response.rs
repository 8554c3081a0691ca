//! The response of a handler, until the response body or the connection takes it.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use hyperpoint_sse::stream::{FrameSource, StreamOptions};

use super::boxed_body::BoxedBody;
use super::byte_slot::ByteSlot;

/// The part of the response that the handler has produced and that has not been taken yet.
#[derive(Default)]
pub(super) struct PendingResponse {
    /// The head, or `None` before the handler has set a header and after the head was taken. If
    /// there is no head, `ResponseStage::Plain` contains the status and the content type. Boxed,
    /// because it is large and most handlers set only a status and a content type.
    pub(super) head: Option<Box<Response<()>>>,
    pub(super) stage: ResponseStage,
}

impl PendingResponse {
    /// Returns the head for modification. Creates it from `stage` if there is none.
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
            (_, ResponseStage::Chunks(status, _)) | (None, ResponseStage::Plain { status, .. }) => {
                *status
            }
            (Some(head), _) => head.status(),
            (None, _) => StatusCode::OK,
        }
    }
}

/// An event stream that the handler opened: its options, and the source of its frames. The source
/// is `None` if the handler writes the frames.
pub(crate) struct OpenedStream {
    pub(crate) options: StreamOptions,
    pub(crate) source: Option<Box<dyn FrameSource>>,
}

/// The stage of a response, from `Open` (no response yet) to the end of its body.
#[derive(Default)]
pub(super) enum ResponseStage {
    #[default]
    Open,
    /// A response whose body is bytes in memory, with its status and its content type. If there is
    /// a head, it has the content type, and `kind` is `None`.
    Plain { body: Bytes, status: StatusCode, kind: Option<HeaderValue> },
    /// A response whose body is a `BoxedBody`, such as a file or a range of it.
    Whole(BoxedBody),
    /// A byte stream whose head was not taken yet, with its length in bytes, if known.
    ByteStream(Option<u64>),
    /// A byte stream whose head was taken, with the status of the head.
    Chunks(StatusCode, ByteSlot),
    /// An event stream whose head was not taken yet. Boxed, so that other responses reserve no
    /// space for it.
    Stream(Box<OpenedStream>),
    /// An event stream whose head was taken.
    Streaming,
}

impl ResponseStage {
    /// Creates the head of a `Plain` response from its status and its content type, which is moved
    /// out. Returns a 200 without headers for other stages.
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
