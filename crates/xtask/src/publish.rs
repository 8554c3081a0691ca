//! Checks that the library crates could be published: a dry run of `cargo publish` on a copy of the
//! workspace, in which `publish = false` of the root manifest is lifted.

use std::fs;
use std::path::Path;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

const COPY: &str = "target/publish/workspace";
const FORBIDDEN: &str = "\npublish = false\n";
const ALLOWED: &str = "\npublish = true\n";

/// Packages each library crate as `cargo publish` would, without building or uploading it.
pub(crate) fn run(root: &Root) -> Result {
    let copy = root.join(COPY);
    let failed = |error: std::io::Error| Failure::new(format!("{COPY}: {error}"));
    if copy.is_dir() {
        fs::remove_dir_all(&copy).map_err(failed)?;
    }
    let files = CommandLine::new("git ls-files --cached --others --exclude-standard");
    for file in files.output(root.path())?.lines() {
        copy_file(root, &copy, file).map_err(failed)?;
    }
    let manifest = root.read("Cargo.toml")?;
    if !manifest.contains(FORBIDDEN) {
        return Err(Failure::new("Cargo.toml has no line `publish = false`; take this check out"));
    }
    fs::write(copy.join("Cargo.toml"), manifest.replace(FORBIDDEN, ALLOWED)).map_err(failed)?;
    CommandLine::new("cargo publish --dry-run --workspace --no-verify --allow-dirty").run(&copy)
}

fn copy_file(root: &Root, copy: &Path, file: &str) -> std::io::Result<()> {
    let (from, to) = (root.join(file), copy.join(file));
    // A file that was deleted and not committed is still listed.
    if !from.is_file() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map(drop)
}
