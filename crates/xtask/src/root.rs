//! The root folder of the workspace, found at run time, so that the built program contains no path
//! of the machine.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folder of the manifest with `[workspace]`.
#[derive(Debug, Clone)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// Finds the root: the first folder with a workspace manifest, from the folder of the package
    /// that cargo runs (without cargo, from the current folder) upwards.
    ///
    /// # Errors
    ///
    /// Returns an error if none of these folders has a `Cargo.toml` with `[workspace]`.
    pub(crate) fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => env::current_dir()
                .map_err(|error| Failure::new(format!("the current folder is unknown: {error}")))?,
        };
        start
            .ancestors()
            .find(|folder| is_workspace(folder))
            .map(|root| Self(root.into()))
            .ok_or_else(|| {
                Failure::new(
                    "no Cargo.toml with [workspace] in this folder or above; change to a folder of \
                     the workspace",
                )
            })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// Returns `path` relative to the root, with `/` on every system, or `None` if it is outside.
    pub(crate) fn relative(&self, path: &Path) -> Option<String> {
        let relative = path.strip_prefix(&self.0).ok()?;
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// Reads a file as text.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file if it cannot be read.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.join(relative))
            .map_err(|error| Failure::new(format!("{relative} cannot be read: {error}")))
    }
}

#[cfg(test)]
impl Root {
    /// Creates the root of a test, in a folder that the test has created.
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self(folder)
    }
}

fn is_workspace(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
}

#[cfg(test)]
mod tests {
    use super::Root;

    #[test]
    fn the_root_is_above_this_crate() {
        let root = Root::find().unwrap();
        let manifest = root.join("crates/xtask/Cargo.toml");
        assert!(manifest.is_file());
        assert_eq!(root.relative(&manifest).unwrap(), "crates/xtask/Cargo.toml");
        assert!(root.read("no/such/file").is_err());
    }
}
