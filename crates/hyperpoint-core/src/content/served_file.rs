//! Files that are sent as a response.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use http::{HeaderValue, StatusCode};

use super::open_file::OpenFile;
use crate::problem::Problem;

/// A file to send as a response: a literal path, a file of a [`FileRoot`](super::FileRoot), or a
/// path or an open file that the application trusts.
///
/// A string literal converts to a file: `send.file_async("assets/logo.svg")`. A `String`
/// deliberately does not, because it may contain text from a client.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Problem, Sent, answer::Send};
/// use hyperpoint::ServedFile;
///
/// # async fn handle(send: Send<'_, ()>, id: u64) -> Result<Sent, Problem> {
/// let invoice = ServedFile::at(format!("invoices/{id}.bin")).content_type("application/pdf");
/// send.download("invoice.pdf").file_async(invoice).await
/// # }
/// ```
pub struct ServedFile {
    source: Source,
    /// The file name. Its extension determines the content type.
    name: PathBuf,
    content_type: Option<String>,
}

/// The origin of a file: a path, or an open file.
enum Source {
    Path(Find),
    Opened(File),
}

/// A function that returns the path of a file. Blocks.
type Find = Box<dyn FnOnce() -> io::Result<PathBuf> + Send>;

impl ServedFile {
    /// Creates a file from a path that does not contain input from a client. For such input, use
    /// [`FileRoot::file`](super::FileRoot::file).
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::found(path.clone(), move || Ok(path))
    }

    /// Creates a file from an open file. It has no name, so set its
    /// [`content_type`](Self::content_type).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Problem, Sent, answer::Send};
    /// use std::fs::File;
    ///
    /// use hyperpoint::ServedFile;
    ///
    /// # async fn handle(send: Send<'_, ()>, file: File) -> Result<Sent, Problem> {
    /// send.file_async(ServedFile::opened(file).content_type("image/png")).await
    /// # }
    /// ```
    #[must_use]
    pub fn opened(file: File) -> Self {
        Self { source: Source::Opened(file), name: PathBuf::new(), content_type: None }
    }

    /// Creates a file of this name. `find` returns its path, and is called when the file is sent.
    pub(super) fn found(
        name: PathBuf,
        find: impl FnOnce() -> io::Result<PathBuf> + Send + 'static,
    ) -> Self {
        Self { source: Source::Path(Box::new(find)), name, content_type: None }
    }

    /// Sets the content type. Default: determined by the extension of the file name, with
    /// `charset=utf-8` for text.
    ///
    /// `application/octet-stream` is the default for an unknown extension, and for every file if
    /// the feature `file-types` (on by default) is off.
    #[must_use]
    pub fn content_type(mut self, kind: impl Into<String>) -> Self {
        self.content_type = Some(kind.into());
        self
    }

    /// Opens the file on a blocking thread, and returns it with its content type.
    ///
    /// # Errors
    ///
    /// A 404 if the file does not exist, is not a regular file, or the process has no permission to
    /// read it; a 500 for another I/O error, or if the content type is not a valid header value.
    pub(crate) async fn open(self) -> Result<(OpenFile, HeaderValue), Problem> {
        let Self { source, name, content_type } = self;
        let kind = match content_type {
            Some(kind) => HeaderValue::try_from(kind)?,
            None => content_type_of(&name),
        };
        let opened = tokio::task::spawn_blocking(move || source.open()).await?;
        Ok((opened.map_err(refusal)?, kind))
    }
}

impl From<&'static str> for ServedFile {
    fn from(path: &'static str) -> Self {
        Self::at(path)
    }
}

impl From<&'static Path> for ServedFile {
    fn from(path: &'static Path) -> Self {
        Self::at(path)
    }
}

impl Source {
    fn open(self) -> io::Result<OpenFile> {
        match self {
            Self::Path(find) => OpenFile::at(&find()?),
            Self::Opened(file) => OpenFile::of(file),
        }
    }
}

impl fmt::Debug for ServedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the content type for the extension of a file name.
fn content_type_of(name: &Path) -> HeaderValue {
    let kind = known_type(name).unwrap_or("application/octet-stream");
    let text = kind.starts_with("text/").then(|| format!("{kind}; charset=utf-8"));
    let text = text.and_then(|text| HeaderValue::try_from(text).ok());
    text.unwrap_or_else(|| HeaderValue::from_static(kind))
}

#[cfg(feature = "file-types")]
fn known_type(name: &Path) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

#[cfg(not(feature = "file-types"))]
fn known_type(_: &Path) -> Option<&'static str> {
    None
}

/// Converts the error of opening a file to a problem: a 404 if the file does not exist or must not
/// be disclosed, otherwise a 500.
fn refusal(error: io::Error) -> Problem {
    use io::ErrorKind::{InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    let hidden = [InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied];
    match hidden.contains(&error.kind()) || error.kind() == io::ErrorKind::InvalidFilename {
        true => Problem::new(StatusCode::NOT_FOUND).caused_by(error),
        false => Problem::internal(error),
    }
}
