//! Request bodies as a stream of chunks.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;

use super::paced_body::PollData;
use crate::problem::Problem;

/// The unread data of a body.
type Data = Pin<Box<dyn PollData + Send>>;

/// A request body as a stream of chunks, each of which is returned as it arrives, so that the whole
/// body is never in memory. The endpoint's limits on size, time and transfer rate apply.
///
/// The `Stream` implementation yields the same chunks as [`chunk`](Self::chunk).
///
/// # Examples
///
/// ```
/// use hyperpoint::{BodyStream, Result};
///
/// async fn count(mut body: BodyStream) -> Result<usize> {
///     let mut bytes = 0;
///     while let Some(chunk) = body.chunk().await? {
///         bytes += chunk.len();
///     }
///     Ok(bytes)
/// }
/// ```
pub struct BodyStream {
    /// The remaining data, or `None` after the end or an error.
    data: Option<Data>,
    limit_bytes: usize,
    read_bytes: usize,
    /// The loan to which the stream returns its unread data when it is dropped. `None` if the
    /// stream is not lent.
    loan: Option<Loan>,
}

/// A handle to a body that a [`RequestBody`](super::RequestBody) has lent as a stream. When the
/// stream is dropped, it stores its unread data here.
#[derive(Clone, Default)]
pub(crate) struct Loan(Arc<Mutex<Returned>>);

/// The unread data of a lent stream, or `None` after its end or an error, and the number of bytes
/// read.
type Returned = (Option<Data>, usize);

#[cfg(feature = "multipart")]
impl Loan {
    /// Takes the unread data and the number of bytes read, which the dropped stream returned.
    pub(super) fn take(&self) -> Returned {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl BodyStream {
    pub(super) fn new(data: Option<Data>, limit_bytes: usize) -> Self {
        Self { data, limit_bytes, read_bytes: 0, loan: None }
    }

    /// Makes the stream return its unread data to the loan when it is dropped.
    #[cfg(feature = "multipart")]
    pub(super) fn lent(mut self, loan: Loan) -> Self {
        self.loan = Some(loan);
        self
    }

    /// Returns the next chunk, or `None` at the end and after an error.
    ///
    /// # Errors
    ///
    /// A 413 if the body exceeds its limit, a 408 if it arrives too slowly, a 400 if the body is
    /// malformed or the connection breaks.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no chunk is lost if the future is dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        let Some(data) = &mut self.data else {
            return Poll::Ready(None);
        };
        let chunk = ready!(data.as_mut().poll_data(cx));
        let chunk = chunk.map(|chunk| {
            let chunk = chunk?;
            self.read_bytes = self.read_bytes.saturating_add(chunk.len());
            match self.read_bytes > self.limit_bytes {
                true => Err(too_large(self.limit_bytes)),
                false => Ok(chunk),
            }
        });
        if !matches!(chunk, Some(Ok(_))) {
            self.data = None;
        }
        Poll::Ready(chunk)
    }
}

/// Returns the problem for a body that exceeds its limit: a 413.
pub(super) fn too_large(limit_bytes: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
        .detail(format!("the body is larger than {limit_bytes} bytes"))
}

impl Drop for BodyStream {
    fn drop(&mut self) {
        if let Some(Loan(rest)) = &self.loan {
            let returned = (self.data.take(), self.read_bytes);
            *rest.lock().unwrap_or_else(PoisonError::into_inner) = returned;
        }
    }
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
