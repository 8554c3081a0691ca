//! A folder whose files clients may ask for by name.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::served_file::ServedFile;

/// A folder whose files clients may ask for by name: whatever a client writes, only files within it
/// are found.
///
/// `..`, absolute paths, hidden files (those whose name, or a folder's on the way, begins with a
/// dot) and links that lead out of the folder are as if they were not there. The folder is no jail
/// against those who may write to it.
///
/// # Example
///
/// ```
/// # use hyperpoint_core::{Problem, Sent, answer::Send};
/// use hyperpoint_core::FileRoot;
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
    /// The files below this folder. A relative path is one below the folder that the process runs
    /// in.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().into() }
    }

    /// The file at this path below the root, with `/` between its folders. Whether there is one is
    /// looked at when it is sent.
    #[must_use]
    pub fn file(&self, path: &str) -> ServedFile {
        let (root, path) = (self.clone(), path.to_owned());
        ServedFile::found(path.clone().into(), move || root.resolve(&path))
    }

    /// The place of a file of this name. Blocks.
    ///
    /// # Errors
    ///
    /// `NotFound` where it would be outside of the root; those of the system.
    fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        if !path.split('/').all(is_plain_name) {
            return Err(outside());
        }
        let root = self.folder.canonicalize()?;
        let found = root.join(path).canonicalize()?;
        if found.starts_with(&root) { Ok(found) } else { Err(outside()) }
    }
}

fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the path leads out of its root, or to a hidden file")
}

/// Whether the text names one thing within a folder, on the system that we run on.
fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    let is_one = components.next() == Some(Component::Normal(name.as_ref()));
    // Windows reads what is behind a colon as a stream of the file.
    let is_odd = name.contains('\0') || (cfg!(windows) && name.contains(':'));
    is_one && components.next().is_none() && !name.starts_with('.') && !is_odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_looked_for() {
        for name in ["a", "a.txt", "a b", "…", "a..b", "~"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in ["", ".", "..", ".git", "/", "/etc", "a/b", "a\0b"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
