//! A dry run of `cargo publish`, on a copy of the workspace whose root manifest has
//! `publish = true`.

use std::fs;
use std::path::Path;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

const COPY: &str = "target/publish/workspace";
const FORBIDDEN: &str = "\npublish = false\n";
const ALLOWED: &str = "\npublish = true\n";

/// Packages each library crate as `cargo publish` does, without building or uploading it.
///
/// # Errors
///
/// Returns an error if the workspace cannot be copied, if its root manifest has no line
/// `publish = false`, or if cargo refuses to package a crate.
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
        return Err(Failure::new(
            "Cargo.toml has no line `publish = false`; if the crates are published now, remove \
             crates/xtask/src/publish.rs",
        ));
    }
    fs::write(copy.join("Cargo.toml"), manifest.replace(FORBIDDEN, ALLOWED)).map_err(failed)?;
    CommandLine::new("cargo publish --dry-run --workspace --no-verify --allow-dirty").run(&copy)
}

fn copy_file(root: &Root, copy: &Path, file: &str) -> std::io::Result<()> {
    let (from, to) = (root.join(file), copy.join(file));
    // Git still lists a deleted file until the deletion is committed.
    if !from.is_file() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map(drop)
}
