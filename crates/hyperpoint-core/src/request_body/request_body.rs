//! Request bodies with limits on size, time and transfer rate.

use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;

#[cfg(feature = "multipart")]
use super::body_stream::Loan;
use super::body_stream::{BodyStream, too_large};
use super::paced_body::{BodyPace, PacedBody, PollData};
use crate::exchange::BoxError;
use crate::problem::Problem;

/// The limits of a request body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Maximum size, in bytes.
    pub bytes: usize,
    /// Time limits and minimum transfer rate.
    pub pace: BodyPace,
}

/// A request body with limits on size, time and transfer rate. The body is read only on demand, so
/// a client that waits for `100 Continue` sends the body only if it is needed.
///
/// # Examples
///
/// ```
/// use hyperpoint::{RequestBody, Result};
///
/// async fn length(body: &mut RequestBody) -> Result<usize> {
///     Ok(body.bytes().await?.len())
/// }
/// ```
pub struct RequestBody {
    /// The unread data. `None` if the body is empty, was read, or was taken or lent as a stream.
    data: Option<Pin<Box<dyn PollData + Send>>>,
    limit_bytes: usize,
    /// The number of bytes that a stream has read while the body was lent.
    lent_bytes: usize,
    /// Whether the body was read in part, taken or lent as a stream, so that it can no longer be
    /// read.
    is_broken: bool,
}

impl RequestBody {
    /// Wraps the body of a request and applies these limits to it.
    pub fn new<B>(body: B, limits: &BodyLimits) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let data = (!body.is_end_stream())
            .then(|| Box::pin(PacedBody::new(body, limits.pace)) as Pin<Box<dyn PollData + Send>>);
        Self { data, limit_bytes: limits.bytes, lent_bytes: 0, is_broken: false }
    }

    /// Returns whether there is nothing to read: the request head declares no body, or the body was
    /// read to its end by [`bytes`](Self::bytes) or [`discard`](Self::discard). Returns `false` for
    /// an unread chunked body, even if it has no data, and for a body that was taken as a stream.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_none() && !self.is_broken
    }

    /// Returns whether the body has at least one byte, was read in part, or was taken as a stream.
    /// If the request head declares no length, reads and discards the first bytes; if there are
    /// any, the body cannot be read afterwards.
    ///
    /// # Errors
    ///
    /// A 408 if the body arrives too slowly; a 400 if it is malformed or the connection breaks.
    pub(crate) async fn has_bytes(&mut self) -> Result<bool, Problem> {
        if self.data.as_ref().is_some_and(|data| data.announced_bytes() > 0) {
            return Ok(true);
        }
        if self.is_broken {
            return Ok(true);
        }
        let Some(mut data) = self.data.take() else {
            return Ok(false);
        };
        self.is_broken = true;
        while let Some(piece) = std::future::poll_fn(|cx| data.as_mut().poll_data(cx)).await {
            if !piece?.is_empty() {
                return Ok(true);
            }
        }
        self.is_broken = false;
        Ok(false)
    }

    /// Reads the whole body. Returns no bytes if the body was already read to its end.
    ///
    /// # Errors
    ///
    /// A 413 if the body exceeds its limit, a 408 if it arrives too slowly, a 400 if the body is
    /// malformed or the connection breaks, a 500 if the body was already read in part or taken as a
    /// stream.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the bytes that it has read are lost, and the rest
    /// of the body cannot be read.
    pub async fn bytes(&mut self) -> Result<Bytes, Problem> {
        let limit = self.limit_bytes;
        let mut whole = Bytes::new();
        let mut parts: Option<BytesMut> = None;
        self.each(|data| {
            let read = whole.len() + parts.as_ref().map_or(0, BytesMut::len);
            if read + data.len() > limit {
                return Err(Self::too_large(limit));
            }
            // Most bodies are a single chunk, which is returned without copying.
            match &mut parts {
                Some(parts) => parts.extend_from_slice(&data),
                None if whole.is_empty() => whole = data,
                none => {
                    let mut all = BytesMut::from(std::mem::take(&mut whole));
                    all.extend_from_slice(&data);
                    *none = Some(all);
                }
            }
            Ok(())
        })
        .await?;
        Ok(parts.map_or(whole, BytesMut::freeze))
    }

    /// Reads the body to its end and discards it. Required before an event stream: while a body is
    /// unread, a disconnect of the client is not detected over HTTP/1.
    ///
    /// # Errors
    ///
    /// The same as for [`bytes`](Self::bytes).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the rest of the body cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{RequestBody, Result};
    ///
    /// async fn ignore(body: &mut RequestBody) -> Result<()> {
    ///     body.discard().await
    /// }
    /// ```
    pub async fn discard(&mut self) -> Result<(), Problem> {
        let (limit, mut read) = (self.limit_bytes, self.lent_bytes);
        self.each(|data| {
            read += data.len();
            if read > limit { Err(Self::too_large(limit)) } else { Ok(()) }
        })
        .await
    }

    /// Takes the body as a stream of chunks, which are read on demand.
    ///
    /// # Errors
    ///
    /// A 500 if the body was already read in part or taken as a stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{RequestBody, Result};
    ///
    /// async fn first_bytes(body: &mut RequestBody) -> Result<usize> {
    ///     let mut chunks = body.take_stream()?;
    ///     Ok(chunks.chunk().await?.map_or(0, |chunk| chunk.len()))
    /// }
    /// ```
    pub fn take_stream(&mut self) -> Result<BodyStream, Problem> {
        if self.is_broken {
            return Err(Problem::internal(
                "the body was already read in part or taken as a stream; read it once",
            ));
        }
        let data = self.data.take();
        self.is_broken = data.is_some();
        Ok(BodyStream::new(data, self.limit_bytes))
    }

    /// Lends the body as a stream. To make the rest of the body readable again, drop the stream and
    /// pass the loan to [`take_back`](Self::take_back).
    ///
    /// # Errors
    ///
    /// A 500 if the body was already read in part or taken as a stream.
    #[cfg(feature = "multipart")]
    pub(crate) fn lend_stream(&mut self) -> Result<(BodyStream, Loan), Problem> {
        let loan = Loan::default();
        Ok((self.take_stream()?.lent(loan.clone()), loan))
    }

    /// Restores the data that the lent stream has not read. The stream must have been dropped.
    #[cfg(feature = "multipart")]
    pub(crate) fn take_back(&mut self, loan: &Loan) {
        (self.data, self.lent_bytes) = loan.take();
        self.is_broken = false;
    }

    /// Returns the problem for a body that is larger than `limit` bytes: a 413.
    #[must_use]
    pub fn too_large(limit: usize) -> Problem {
        too_large(limit)
    }

    /// Calls a function with each chunk of the body, until the end or the first error.
    ///
    /// # Errors
    ///
    /// An error of the function; a 500 if the body was already read in part or taken as a stream; a
    /// 408 if it arrives too slowly; a 400 if it is malformed or the connection breaks.
    async fn each(
        &mut self,
        mut take: impl FnMut(Bytes) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.is_broken {
            return Err(Problem::internal(
                "the body was already read in part or taken as a stream; read it once",
            ));
        }
        let Some(mut data) = self.data.take() else {
            return Ok(());
        };
        // Reset only at the end of the body: if the future is dropped earlier, the rest of the body
        // is lost.
        self.is_broken = true;
        while let Some(piece) = std::future::poll_fn(|cx| data.as_mut().poll_data(cx)).await {
            take(piece?)?;
        }
        self.is_broken = false;
        Ok(())
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody")
            .field("limit_bytes", &self.limit_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_partly_read_body_is_not_reported_as_empty() {
        let second = Duration::from_secs(1);
        let pace = BodyPace { total: second, gap: second, bytes_per_second: 0, grace: second };
        let limits = BodyLimits { bytes: 3, pace };
        let mut body = RequestBody::new(Full::new(Bytes::from("four")), &limits);
        assert_eq!(body.bytes().await.unwrap_err().status(), 413);
        assert!(!body.is_empty());
        assert_eq!(body.bytes().await.unwrap_err().status(), 500);
        assert!(body.discard().await.is_err());
        let mut whole = RequestBody::new(Full::new(Bytes::from("abc")), &limits);
        assert_eq!(whole.bytes().await.unwrap(), "abc");
        assert!(whole.is_empty());
        assert_eq!(whole.bytes().await.unwrap(), "");
        let mut taken = RequestBody::new(Full::new(Bytes::from("abc")), &limits);
        let mut stream = taken.take_stream().unwrap();
        while stream.chunk().await.unwrap().is_some() {}
        assert!(!taken.is_empty());
    }
}
