//! The body of a request, read within its limits.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;

use super::body_stream::{BodyStream, too_large};
use super::paced_body::{BodyPace, PacedBody, PollData};
use crate::problem::Problem;

type BoxError = Box<dyn Error + Send + Sync>;

/// What a client may send as the body of one request.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes in all.
    pub bytes: usize,
    /// How fast they have to come.
    pub pace: BodyPace,
}

/// The body of a request. It is read when asked for, at most to its limits, and not before: a
/// client that waits for `100 Continue` is not invited to send what nobody wants.
pub struct RequestBody {
    /// None for a request without a body.
    data: Option<Pin<Box<dyn PollData + Send>>>,
    limit_bytes: usize,
    /// Whether it was begun, and not read to its end.
    is_broken: bool,
}

impl RequestBody {
    /// Wraps the body that a host received.
    pub fn new<B>(body: B, limits: &BodyLimits) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let data = (!body.is_end_stream())
            .then(|| Box::pin(PacedBody::new(body, limits.pace)) as Pin<Box<dyn PollData + Send>>);
        Self { data, limit_bytes: limits.bytes, is_broken: false }
    }

    /// Whether the head of the request ends it, or the body was read. A body that is sent in chunks
    /// may be empty without that: its bytes tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_none() && !self.is_broken
    }

    /// Returns whether the body has bytes. What the head does not tell takes the first of them, and
    /// with that the body can't be read any more.
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

    /// All of the body.
    ///
    /// # Errors
    ///
    /// 413 when it is over its limit, 408 when it takes too long, 400 when it breaks off.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses what it has read.
    pub async fn bytes(&mut self) -> Result<Bytes, Problem> {
        let limit = self.limit_bytes;
        let mut whole = Bytes::new();
        let mut parts: Option<BytesMut> = None;
        self.each(|data| {
            let read = whole.len() + parts.as_ref().map_or(0, BytesMut::len);
            if read + data.len() > limit {
                return Err(Self::too_large(limit));
            }
            // Most bodies come in one piece, which is passed on as it is.
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

    /// Reads what is left of the body and forgets it. Before an event stream this is a must: while
    /// a body is unread, nobody sees that the client leaves.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn discard(&mut self) -> Result<(), Problem> {
        let limit = self.limit_bytes;
        let mut read = 0;
        self.each(|data| {
            read += data.len();
            if read > limit { Err(Self::too_large(limit)) } else { Ok(()) }
        })
        .await
    }

    /// The body, to be read piece after piece when and as far as somebody wants it.
    ///
    /// # Errors
    ///
    /// 500 when it was begun before.
    pub fn take_stream(&mut self) -> Result<BodyStream, Problem> {
        if self.is_broken {
            return Err(Problem::internal("the body was read before, and not to its end"));
        }
        let data = self.data.take();
        self.is_broken = data.is_some();
        Ok(BodyStream::new(data, self.limit_bytes))
    }

    /// The refusal of a body that is over its limit.
    #[must_use]
    pub fn too_large(limit: usize) -> Problem {
        too_large(limit)
    }

    async fn each(
        &mut self,
        mut take: impl FnMut(Bytes) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if self.is_broken {
            return Err(Problem::internal("the body was read before, and not to its end"));
        }
        let Some(mut data) = self.data.take() else {
            return Ok(());
        };
        // Until it is read to its end: the future may be dropped on the way.
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
    async fn a_body_that_was_not_read_to_its_end_is_never_taken_for_an_empty_one() {
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
    }
}
