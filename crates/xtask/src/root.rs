//! Where the workspace is: found at run time, so that a built xtask holds no machine path.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folder of the manifest with `[workspace]`.
#[derive(Debug, Clone)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// Walks up from the manifest that cargo runs, or from the current folder without cargo.
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
                    "no Cargo.toml with [workspace] in this folder or above; run it inside",
                )
            })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// The path from the root, with `/` on every system; `None` for what lies outside.
    pub(crate) fn relative(&self, path: &Path) -> Option<String> {
        let relative = path.strip_prefix(&self.0).ok()?;
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// The text of a file, or the sentence that says which could not be read.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.join(relative))
            .map_err(|error| Failure::new(format!("{relative} cannot be read: {error}")))
    }
}

#[cfg(test)]
impl Root {
    /// A folder that a test has made.
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
