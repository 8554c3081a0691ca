//! Type-erased bodies.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A type-erased error.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// A type-erased body.
pub(crate) type BoxedBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

/// Boxes a body and converts its errors to [`BoxError`].
pub(crate) fn boxed_body<B>(body: B) -> BoxedBody
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    Box::pin(IntoBoxError { body })
}

pin_project_lite::pin_project! {
    /// A body whose errors are boxed.
    struct IntoBoxError<B> {
        #[pin]
        body: B,
    }
}

impl<B> http_body::Body for IntoBoxError<B>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().body.poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
