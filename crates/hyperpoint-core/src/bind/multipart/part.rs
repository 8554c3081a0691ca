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

use super::disposition::Disposition;
use super::refused::refused;
use crate::bind::charset::foreign_charset;
use crate::problem::Problem;

/// The part that a body is at.
pub(super) struct Current {
    field: Field<'static>,
    disposition: Disposition,
    /// What was read to know whether the part is a file, and not given on.
    first: Option<Bytes>,
    /// Whether the handler has got it.
    pub(super) is_given: bool,
}

impl Current {
    pub(super) fn new(field: Field<'static>, disposition: Disposition) -> Self {
        Self { field, disposition, first: None, is_given: false }
    }

    /// Passes over what is left of it.
    pub(super) async fn skip(&mut self) -> Result<(), Problem> {
        while self.field.chunk().await.map_err(refused)?.is_some() {}
        Ok(())
    }

    /// Finds out whether it is a file: a browser sends an empty name and no content for a file input
    /// without a file. Nothing is lost when the future is dropped.
    pub(super) async fn look(&mut self) -> Result<(), Problem> {
        let is_nameless = self.disposition.file.as_ref().is_some_and(String::is_empty);
        while is_nameless && self.first.is_none() {
            match self.field.chunk().await.map_err(refused)? {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => self.first = Some(piece),
                None => {
                    self.disposition.file = None;
                    break;
                }
            }
        }
        Ok(())
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let piece = ready!(Pin::new(&mut self.field).poll_next(cx));
        Poll::Ready(piece.map(|piece| piece.map_err(refused)))
    }
}

/// One part of a body: a field or a file. As a stream, it has its pieces.
pub struct Part<'m> {
    current: &'m mut Current,
    limit_bytes: u64,
    read_bytes: u64,
}

impl<'m> Part<'m> {
    pub(super) fn new(current: &'m mut Current, limit_bytes: u64) -> Self {
        Self { current, limit_bytes, read_bytes: 0 }
    }

    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.current.disposition.name.as_deref()
    }

    /// Returns whether the part is a file: whether the client sent a file name for it, whatever the
    /// name is. A file input that was left empty is none: it has an empty name and no content.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.current.disposition.file.is_some()
    }

    /// The name of the file, as the client calls it, without the folders before it. `None` if the
    /// part is no file, and for a file without a name.
    ///
    /// It is for people to read: keep the file under a name of your own. A byte that is not UTF-8 and
    /// a control character are U+FFFD in it.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.current.disposition.file.as_deref().filter(|name| !name.is_empty())
    }

    /// What the client says of the content.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers().get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The headers of the part.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.current.field.headers()
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
    /// As [`chunk`](Self::chunk), 400 when it is no UTF-8, and 415 when its content type names another
    /// charset.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses what it has read.
    pub async fn text(&mut self) -> Result<String, Problem> {
        let kind = self.headers().get(CONTENT_TYPE);
        if let Some(charset) = kind.and_then(|kind| foreign_charset(kind.as_bytes())) {
            let reason = format!("has the charset `{charset}`; send UTF-8");
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            return Err(problem.error(self.name().unwrap_or_default(), reason));
        }
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
        let Some(piece) = ready!(self.current.poll_piece(cx)) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(piece.and_then(|piece| {
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
            .field("is_file", &self.is_file())
            .field("file_name", &self.file_name())
            .field("read_bytes", &self.read_bytes)
            .finish_non_exhaustive()
    }
}
