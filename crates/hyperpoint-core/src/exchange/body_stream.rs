//! The body of a request, piece after piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;

use super::paced_body::PollData;
use crate::problem::Problem;

/// The body of a request, piece after piece as it comes: never held whole. It ends at the limits of
/// the endpoint, as any body.
///
/// As a stream, it has the same pieces.
pub struct BodyStream {
    /// None at the end.
    data: Option<Pin<Box<dyn PollData + Send>>>,
    limit_bytes: usize,
    read_bytes: usize,
}

impl BodyStream {
    pub(super) fn new(data: Option<Pin<Box<dyn PollData + Send>>>, limit_bytes: usize) -> Self {
        Self { data, limit_bytes, read_bytes: 0 }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    ///
    /// 413 when the body is over its limit, 408 when it takes too long, 400 when it breaks off.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        let Some(data) = &mut self.data else {
            return Poll::Ready(None);
        };
        let piece = ready!(data.as_mut().poll_data(cx));
        let piece = piece.map(|piece| {
            let piece = piece?;
            self.read_bytes = self.read_bytes.saturating_add(piece.len());
            match self.read_bytes > self.limit_bytes {
                true => Err(too_large(self.limit_bytes)),
                false => Ok(piece),
            }
        });
        if !matches!(piece, Some(Ok(_))) {
            self.data = None;
        }
        Poll::Ready(piece)
    }
}

/// The refusal of a body that is over its limit.
pub(super) fn too_large(limit_bytes: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
        .detail(format!("the body is larger than {limit_bytes} bytes"))
}

impl Stream for BodyStream {
    type Item = Result<Bytes, Problem>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("read_bytes", &self.read_bytes).finish_non_exhaustive()
    }
}
