//! `Part`: one part of a multipart body.

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

/// The part that is being read.
pub(super) struct Current {
    field: Field<'static>,
    disposition: Disposition,
    /// The first bytes of the part, if [`look`](Self::look) has read them and they are not yet
    /// returned.
    first: Option<Bytes>,
    /// Whether `Multipart::next_part` has returned the part.
    pub(super) is_given: bool,
}

impl Current {
    pub(super) fn new(field: Field<'static>, disposition: Disposition) -> Self {
        Self { field, disposition, first: None, is_given: false }
    }

    /// Skips the unread rest of the part.
    pub(super) async fn skip(&mut self) -> Result<(), Problem> {
        while self.field.chunk().await.map_err(refused)?.is_some() {}
        Ok(())
    }

    /// Removes the file name if it is empty and the part has no content, as browsers send for an
    /// empty file input. The part then does not count as a file. Cancel safe.
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

/// One part of a multipart body: a field or a file. The `Stream` implementation yields the same
/// chunks as [`chunk`](Self::chunk). Needs the feature `multipart`.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Multipart, Problem};
///
/// /// Returns the names and sizes of the uploaded files.
/// async fn sizes(form: &mut Multipart) -> Result<Vec<(String, usize)>, Problem> {
///     let mut sizes = Vec::new();
///     while let Some(part) = form.next_part().await? {
///         let mut part = part.limit_bytes(64 * 1024);
///         if part.is_file() {
///             let name = part.file_name().unwrap_or("unnamed").to_owned();
///             sizes.push((name, part.bytes().await?.len()));
///         }
///     }
///     Ok(sizes)
/// }
/// ```
pub struct Part<'m> {
    current: &'m mut Current,
    limit_bytes: u64,
    read_bytes: u64,
}

impl<'m> Part<'m> {
    pub(super) fn new(current: &'m mut Current, limit_bytes: u64) -> Self {
        Self { current, limit_bytes, read_bytes: 0 }
    }

    /// Returns the name of the field, or `None` if the part has no name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.current.disposition.name.as_deref()
    }

    /// Returns `true` if the client sent a file name for the part, even an empty one. A part with
    /// an empty file name and no content, which browsers send for an empty file input, is not a
    /// file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.current.disposition.file.is_some()
    }

    /// Returns the file name that the client sent, without directories, or `None` if the part is
    /// not a file or its file name is empty.
    ///
    /// Use it for display only and store the file under a name of your own. Bytes that are not
    /// UTF-8 and control characters are replaced with U+FFFD.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.current.disposition.file.as_deref().filter(|name| !name.is_empty())
    }

    /// Returns the content type that the client declared, or `None` if it is absent or not ASCII
    /// text.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers().get(CONTENT_TYPE)?.to_str().ok()
    }

    /// Returns the headers of the part.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.current.field.headers()
    }

    /// Sets the size limit of this part, in bytes. Default:
    /// [`Multipart::part_limit_bytes`](super::Multipart::part_limit_bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Multipart, Problem};
    /// # async fn read(mut form: Multipart) -> Result<(), Problem> {
    /// if let Some(part) = form.next_part().await? {
    ///     let text = part.limit_bytes(1024).text().await?;
    ///     # drop(text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn limit_bytes(mut self, limit: u64) -> Self {
        self.limit_bytes = limit;
        self
    }

    /// Returns the next chunk of the part, or `None` at its end.
    ///
    /// # Errors
    ///
    /// 413 if the part or the body exceeds its limit, 400 if the body is malformed or incomplete,
    /// 408 if receiving the body takes too long.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no data is lost if the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Part, Problem};
    /// # async fn read(mut part: Part<'_>) -> Result<(), Problem> {
    /// let mut count = 0;
    /// while let Some(piece) = part.chunk().await? {
    ///     count += piece.len();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    /// Reads the whole part into memory.
    ///
    /// # Errors
    ///
    /// The errors of [`chunk`](Self::chunk).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the bytes read so far are lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Part, Problem};
    /// # async fn read(mut part: Part<'_>) -> Result<(), Problem> {
    /// let bytes = part.bytes().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bytes(&mut self) -> Result<Bytes, Problem> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }

    /// Reads the whole part into memory, as UTF-8 text.
    ///
    /// # Errors
    ///
    /// The errors of [`chunk`](Self::chunk); 400 if the part is not valid UTF-8; 415 if its content
    /// type names another charset.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the bytes read so far are lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Part, Problem};
    /// # async fn read(mut part: Part<'_>) -> Result<(), Problem> {
    /// let title = part.text().await?;
    /// # Ok(())
    /// # }
    /// ```
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
            problem.error(self.name().unwrap_or_default(), "is not valid UTF-8")
        })
    }

    /// Copies the part to a writer chunk by chunk, flushes the writer and returns the number of
    /// bytes copied.
    ///
    /// # Errors
    ///
    /// The errors of [`chunk`](Self::chunk); 500 if the writer fails.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the writer may have received only a part of the
    /// bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Part, Problem};
    /// # async fn read(mut part: Part<'_>) -> Result<(), Problem> {
    /// let mut file = tokio::io::sink(); // such as a `tokio::fs::File`
    /// let count = part.copy_to(&mut file).await?;
    /// # Ok(())
    /// # }
    /// ```
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
