//! The body of a request to a mounted service, with the host's limits.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperpoint_core::request_body::{BodyLimits, RequestBody};
use hyperpoint_core::{Body, BodyStream, Problem};

type BoxError = Box<dyn Error + Send + Sync>;

/// Applies the limits on size, time and transfer rate to a body. A body that violates a limit ends
/// with an error. Trailers are dropped.
///
/// # Errors
///
/// Returns an error only if the body was already read.
pub(super) fn limited<B>(body: B, limits: &BodyLimits) -> Result<Body, Problem>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Ok(Body::default());
    }
    let hint = body.size_hint();
    let chunks = RequestBody::new(body, limits).take_stream()?;
    Ok(Body::boxed(LimitedBody { chunks, hint }))
}

struct LimitedBody {
    chunks: BodyStream,
    /// The bounds on the number of unread bytes.
    hint: SizeHint,
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.chunks).poll_next(cx).map(|chunk| {
            let chunk = chunk?;
            let read = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            self.hint = rest(&self.hint, read);
            Some(chunk.map(Frame::data).map_err(Problem::into_error))
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

/// Returns the size hint of a body after `read` of its bytes were read.
fn rest(hint: &SizeHint, read: u64) -> SizeHint {
    let mut rest = SizeHint::new();
    rest.set_lower(hint.lower().saturating_sub(read));
    if let Some(upper) = hint.upper() {
        rest.set_upper(upper.saturating_sub(read));
    }
    rest
}
