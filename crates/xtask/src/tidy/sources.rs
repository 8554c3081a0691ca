//! The Rust files of the workspace by their paths, read and parsed once.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::Path;

use super::source::Source;
use crate::failure::{Failure, Result};
use crate::finding::Finding;
use crate::root::Root;

/// Parsed files by their path from the root.
#[derive(Default)]
pub(crate) struct Sources(BTreeMap<String, Source>);

/// The folders with Rust files: the folders of `members` in the root manifest.
const FOLDERS: [&str; 3] = ["crates", "examples", "tests"];

/// The folders to skip: `ui` has programs that do not compile, for `trybuild`; the others have
/// files that tools write.
const SKIPPED: [&str; 3] = ["ui", "target", "node_modules"];

impl Sources {
    /// Reads and parses all files. A file that does not parse is a finding.
    ///
    /// # Errors
    ///
    /// Returns an error if a folder or a file cannot be read.
    pub(crate) fn load(root: &Root) -> Result<(Self, Vec<Finding>)> {
        let mut paths = Vec::new();
        for folder in FOLDERS.iter().map(|folder| root.join(folder)).filter(|path| path.is_dir()) {
            collect(root, &folder, &mut paths)?;
        }
        let (mut sources, mut findings) = (BTreeMap::new(), Vec::new());
        for path in paths {
            match Source::parse(&path, root.read(&path)?) {
                Ok(source) => drop(sources.insert(path, source)),
                Err(finding) => findings.push(finding),
            }
        }
        Ok((Self(sources), findings))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Source> {
        self.0.get(path)
    }
}

#[cfg(test)]
impl Sources {
    /// Parses files from memory, given as path and text.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let parse = |(path, text): &(&str, &str)| Source::parse(*path, *text).unwrap();
        Self(files.iter().map(|file| (file.0.into(), parse(file))).collect())
    }
}

/// Collects the paths of the Rust files below a folder.
fn collect(root: &Root, folder: &Path, paths: &mut Vec<String>) -> Result {
    let unreadable = |error| Failure::new(format!("{} cannot be read: {error}", folder.display()));
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    for entry in entries.map_err(unreadable)?.iter().filter(|entry| !is_skipped(entry)) {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.extend(root.relative(&path));
        }
    }
    Ok(())
}

fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    name.starts_with('.') || SKIPPED.contains(&&*name)
}

#[cfg(test)]
mod tests {
    use super::Sources;
    use crate::root::Root;

    #[test]
    fn the_files_of_this_crate_are_found() {
        let (sources, _) = Sources::load(&Root::find().unwrap()).unwrap();
        assert!(sources.find("crates/xtask/src/tidy/sources.rs").is_some());
        assert!(sources.iter().all(|source| !source.path().contains("/ui/")));
    }
}
