//! One part of a body.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use multer::Field;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::refused::refused;
use crate::problem::Problem;

/// One part of a body: a field or a file. As a stream, it has its pieces.
pub struct Part<'m> {
    field: &'m mut Field<'static>,
    limit_bytes: u64,
    read_bytes: u64,
}

impl<'m> Part<'m> {
    pub(super) fn new(field: &'m mut Field<'static>, limit_bytes: u64) -> Self {
        Self { field, limit_bytes, read_bytes: 0 }
    }

    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.field.name()
    }

    /// The name of the file, as the client calls it, without the folders before it; none for what
    /// is no file. It comes from the client: keep the file under a name of your own.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        let name = self.field.file_name()?;
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        (!["", ".", ".."].contains(&name)).then_some(name)
    }

    /// What the client says of the content.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.field.headers().get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The headers of the part.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.field.headers()
    }

    /// Sets how large this part may be, in bytes. Default: the limit of the parts.
    #[must_use]
    pub fn limit_bytes(mut self, limit: u64) -> Self {
        self.limit_bytes = limit;
        self
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    ///
    /// 413 when the part or the body is over its limit, 400 when it breaks off, 408 when it takes
    /// too long.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    /// All of the part, in memory.
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses what it has read.
    pub async fn bytes(&mut self) -> Result<Bytes, Problem> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }

    /// All of the part as text, in memory.
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk), and 400 when it is no UTF-8.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses what it has read.
    pub async fn text(&mut self) -> Result<String, Problem> {
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            let problem = Problem::new(StatusCode::BAD_REQUEST).caused_by(error);
            problem.error(self.name().unwrap_or_default(), "is no UTF-8")
        })
    }

    /// Copies the part to a writer, piece after piece, and flushes it. Returns how many bytes there
    /// were.
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk), and a 500 when the writer fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the writer with a part of the bytes.
    pub async fn copy_to<W: AsyncWrite + Unpin>(&mut self, writer: &mut W) -> Result<u64, Problem> {
        let mut count = 0;
        while let Some(piece) = self.chunk().await? {
            writer.write_all(&piece).await?;
            count += piece.len() as u64;
        }
        writer.flush().await?;
        Ok(count)
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        let Some(piece) = ready!(Pin::new(&mut *self.field).poll_next(cx)) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(piece.map_err(refused).and_then(|piece| {
            self.read_bytes = self.read_bytes.saturating_add(piece.len() as u64);
            match self.read_bytes > self.limit_bytes {
                true => Err(self.too_large()),
                false => Ok(piece),
            }
        })))
    }

    fn too_large(&self) -> Problem {
        let reason = format!("is larger than {} bytes", self.limit_bytes);
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE);
        problem.error_with_code(self.name().unwrap_or_default(), "too_large", reason)
    }
}

impl Stream for Part<'_> {
    type Item = Result<Bytes, Problem>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name())
            .field("file_name", &self.file_name())
            .field("read_bytes", &self.read_bytes)
            .finish_non_exhaustive()
    }
}
