//! `File`: a file in a form.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::spooled::{Spool, Spooled};
use crate::problem::Problem;

/// A file in a form (`multipart/form-data`, RFC 7578). A field of a request type or of a nested
/// type may be a `File`, an `Option<File>` or a `Vec<File>`.
/// Needs the feature `multipart`.
///
/// A file of up to 64 KiB is kept in memory, up to a total of 1 MiB per form. Any other file is
/// kept in an unnamed temporary file, which is deleted when the last clone of the `File` is
/// dropped: at the end of the request or earlier, unless the handler keeps a clone.
///
/// A form may have up to 100 files, 1,000 parts and 1 MiB of text. `config.body_limit_bytes`
/// (default: 1 MiB) limits the whole body.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Book {
///     title: String,
///     cover: from::File,
///     sample: Option<from::File>,
///     #[serde(default)]
///     pages: Vec<from::File>,
/// }
///
/// async fn size(book: &Book) -> Result<usize> {
///     println!("{} by {:?}", book.title, book.cover.file_name());
///     Ok(book.cover.bytes().await?.len())
/// }
/// # let _ = size;
/// ```
#[derive(Clone)]
pub struct File {
    name: Option<String>,
    content_type: Option<String>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Memory(Bytes),
    Disk(Arc<Spooled>),
}

impl File {
    /// Creates a file in memory, for tests and clients.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::from;
    ///
    /// let file = from::File::new("cat.png", "image/png", b"\x89PNG".as_slice());
    /// assert_eq!((file.file_name(), file.len_bytes()), (Some("cat.png"), 4));
    /// ```
    #[must_use]
    pub fn new(file_name: &str, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        let (name, content_type) = (Some(file_name.to_owned()), Some(content_type.to_owned()));
        Self { name, content_type, content: Content::Memory(bytes.into()) }
    }

    pub(in crate::bind) fn in_memory(
        name: Option<String>,
        content_type: Option<String>,
        bytes: Bytes,
    ) -> Self {
        Self { name, content_type, content: Content::Memory(bytes) }
    }

    pub(in crate::bind) async fn on_disk(
        name: Option<String>,
        content_type: Option<String>,
        spool: Spool,
    ) -> Result<Self, Problem> {
        let content = Content::Disk(Arc::new(spool.finish().await?));
        Ok(Self { name, content_type, content })
    }

    /// Returns the file name that the client sent, without directories, or `None` if the file has
    /// no name.
    ///
    /// Use it for display only and store the file under a name of your own. Bytes that are not
    /// UTF-8 and control characters are replaced with U+FFFD.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the content type that the client declared, or `None` if it is absent or not ASCII
    /// text. The content may be of another type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the size of the content, in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        match &self.content {
            Content::Memory(bytes) => bytes.len() as u64,
            Content::Disk(file) => file.len_bytes,
        }
    }

    /// Reads the whole content into memory.
    ///
    /// # Errors
    ///
    /// 500 if the temporary file cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the content can be read again.
    pub async fn bytes(&self) -> Result<Bytes, Problem> {
        let file = match &self.content {
            Content::Memory(bytes) => return Ok(bytes.clone()),
            Content::Disk(file) => file,
        };
        let mut bytes = BytesMut::new();
        loop {
            let block = file.read(bytes.len() as u64).await?;
            if block.is_empty() {
                return Ok(bytes.freeze());
            }
            bytes.extend_from_slice(&block);
        }
    }

    /// Reads the whole content into memory, as UTF-8 text.
    ///
    /// # Errors
    ///
    /// 400 if the content is not valid UTF-8; 500 if the temporary file cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the content can be read again.
    pub async fn text(&self) -> Result<String, Problem> {
        String::from_utf8(self.bytes().await?.into()).map_err(|error| {
            let problem = Problem::new(StatusCode::BAD_REQUEST);
            problem.detail("a file is not valid UTF-8").caused_by(error)
        })
    }

    /// Copies the content to a writer block by block, flushes the writer and returns the number of
    /// bytes copied.
    ///
    /// # Errors
    ///
    /// 500 if the temporary file cannot be read, or if the writer fails.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped, the writer may have received only a part of the
    /// content.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{from, Problem};
    /// # async fn keep(cover: from::File) -> Result<(), Problem> {
    /// let mut target = tokio::io::sink(); // such as a `tokio::fs::File`
    /// let count = cover.copy_to(&mut target).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn copy_to<W: AsyncWrite + Unpin>(&self, writer: &mut W) -> Result<u64, Problem> {
        let mut count = 0;
        match &self.content {
            Content::Memory(bytes) => {
                writer.write_all(bytes).await?;
                count = bytes.len() as u64;
            }
            Content::Disk(file) => loop {
                let block = file.read(count).await?;
                if block.is_empty() {
                    break;
                }
                writer.write_all(&block).await?;
                count += block.len() as u64;
            },
        }
        writer.flush().await?;
        Ok(count)
    }

    /// Returns the whole content. Blocks the thread while it reads a temporary file.
    pub(in crate::bind) fn bytes_now(&self) -> std::io::Result<Bytes> {
        match &self.content {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::Disk(file) => file.read_now(0, u64::MAX),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("file_name", &self.name)
            .field("content_type", &self.content_type)
            .field("len_bytes", &self.len_bytes())
            .finish_non_exhaustive()
    }
}
