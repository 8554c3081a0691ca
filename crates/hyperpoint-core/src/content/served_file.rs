//! A file that is to be an answer.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use http::{HeaderValue, StatusCode};

use super::open_file::OpenFile;
use crate::problem::Problem;

/// A file that is to be an answer: a literal path, a file of a [`FileRoot`](super::FileRoot), or a path or an open
/// file that the program vouches for.
///
/// A literal is itself one: `send.file_async("assets/logo.svg")`. A `String` is none on purpose,
/// since it may hold what a client wrote.
///
/// # Example
///
/// ```
/// # use hyperpoint_core::{Problem, Sent, answer::Send};
/// use hyperpoint_core::ServedFile;
///
/// # async fn handle(send: Send<'_, ()>, id: u64) -> Result<Sent, Problem> {
/// let invoice = ServedFile::at(format!("invoices/{id}.bin")).content_type("application/pdf");
/// send.download("invoice.pdf").file_async(invoice).await
/// # }
/// ```
pub struct ServedFile {
    source: Source,
    /// Whose extension tells the content type.
    name: PathBuf,
    content_type: Option<String>,
}

enum Source {
    Path(Find),
    Opened(File),
}

/// Finds the path of a file. Blocks.
type Find = Box<dyn FnOnce() -> io::Result<PathBuf> + Send>;

impl ServedFile {
    /// The file at this path, which no client has a say in. Where one has, use
    /// [`FileRoot::file`](super::FileRoot::file).
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::found(path.clone(), move || Ok(path))
    }

    /// A file that is open for reading. It has no name, so say its
    /// [`content_type`](Self::content_type).
    #[must_use]
    pub fn opened(file: File) -> Self {
        Self { source: Source::Opened(file), name: PathBuf::new(), content_type: None }
    }

    /// A file of this name, whose path is looked for when it is sent.
    pub(super) fn found(
        name: PathBuf,
        find: impl FnOnce() -> io::Result<PathBuf> + Send + 'static,
    ) -> Self {
        Self { source: Source::Path(Box::new(find)), name, content_type: None }
    }

    /// Sets the content type. Default: by the extension of the file's name, with `charset=utf-8`
    /// for text, and `application/octet-stream` where it tells nothing.
    #[must_use]
    pub fn content_type(mut self, kind: impl Into<String>) -> Self {
        self.content_type = Some(kind.into());
        self
    }

    /// Opens the file, and tells its content type. The system is asked on a thread that may block.
    ///
    /// # Errors
    ///
    /// A 404 where there is no such file; a 500 where it can't be read, and for a content type that
    /// can't be a header's value.
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

/// The content type of a file of this name.
fn content_type_of(name: &Path) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream");
    let text = kind.starts_with("text/").then(|| format!("{kind}; charset=utf-8"));
    let text = text.and_then(|text| HeaderValue::try_from(text).ok());
    text.unwrap_or_else(|| HeaderValue::from_static(kind))
}

/// What a client is told of a file that can't be opened: a 404 for one that is not there, or that
/// nobody may know of.
fn refusal(error: io::Error) -> Problem {
    use io::ErrorKind::{InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    let hidden = [InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied];
    match hidden.contains(&error.kind()) || error.kind() == io::ErrorKind::InvalidFilename {
        true => Problem::new(StatusCode::NOT_FOUND).caused_by(error),
        false => Problem::internal(error),
    }
}
