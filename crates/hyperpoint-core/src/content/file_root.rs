//! A folder whose files clients can request by name.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::served_file::ServedFile;

/// A folder whose files clients can request by name. Only files within the folder are found,
/// whatever path a client requests.
///
/// The response is a 404 for a path with a segment `..`, an absolute path, a hidden file (if the
/// name of the file, or of a folder on its path, begins with a dot) and a link to a target outside
/// the folder. These checks do not protect against users with write access to the folder.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Problem, Sent, answer::Send};
/// use hyperpoint::FileRoot;
///
/// # async fn handle(send: Send<'_, ()>, root: &FileRoot, name: String) -> Result<Sent, Problem> {
/// send.file_async(root.file(&name)).await
/// # }
/// # let _root = FileRoot::new("uploads");
/// ```
#[derive(Clone, Debug)]
pub struct FileRoot {
    folder: Arc<Path>,
}

impl FileRoot {
    /// Creates a root for the files in this folder and its subfolders. A relative path is relative
    /// to the working directory of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::FileRoot;
    ///
    /// let root = FileRoot::new("uploads");
    /// let avatar = root.file("avatars/ann.png");
    /// # let _ = avatar;
    /// ```
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().into() }
    }

    /// Returns the file at this path within the root, such as `avatars/ann.png`. The separator is
    /// `/` on every operating system. The file is looked up when it is sent.
    #[must_use]
    pub fn file(&self, path: &str) -> ServedFile {
        let (root, path) = (self.clone(), path.to_owned());
        ServedFile::found(path.clone().into(), move || root.resolve(&path))
    }

    /// Resolves a path within the root to the absolute path of an existing file. Blocks.
    ///
    /// # Errors
    ///
    /// `NotFound` if the path leads outside the root or to a hidden file; errors of the operating
    /// system.
    fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        if !path.split('/').all(is_plain_name) {
            return Err(outside());
        }
        let root = self.folder.canonicalize()?;
        let found = root.join(path).canonicalize()?;
        if found.starts_with(&root) { Ok(found) } else { Err(outside()) }
    }
}

/// Returns the error for a path that leads outside the root or to a hidden file.
fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the path leads outside the root, or to a hidden file")
}

/// Returns whether the text is the name of a single, visible directory entry on this operating
/// system.
fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let is_one = components.next() == Some(Component::Normal(name.as_ref()));
    // On Windows, a colon separates the name of an alternate data stream.
    let is_odd = name.contains('\0') || (cfg!(windows) && name.contains(':'));
    is_one && components.next().is_none() && !name.starts_with('.') && !is_odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_looked_up() {
        for name in ["a", "a.txt", "a b", "…", "a..b", "~"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in ["", ".", "..", ".git", "/", "/etc", "a/b", "a\0b"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
