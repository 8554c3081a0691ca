//! Runs all checks over the whole workspace and reports their findings together.

use super::sources::Sources;
use super::{
    architecture, cycles, declarations, examples, floors, module_docs, names, sizes, wire_field,
};
use crate::failure::Result;
use crate::finding::{Finding, report};
use crate::metadata::Metadata;
use crate::root::Root;

/// Runs all checks.
///
/// # Errors
///
/// Returns an error if a check has a finding, or if a file cannot be read.
pub(crate) fn run(root: &Root) -> Result {
    report("tidy", findings(root)?)
}

fn findings(root: &Root) -> Result<Vec<Finding>> {
    let metadata = Metadata::load(root)?;
    let (sources, mut findings) = Sources::load(root)?;
    findings.extend(of_files(&sources, &entry_points(root, &metadata)));
    for package in metadata.ours() {
        let manifest = root.relative(&package.manifest).unwrap_or_default();
        findings.extend(floors::check(package, &manifest, &root.read(&manifest)?));
        let roots = package.targets.iter().filter_map(|target| root.relative(&target.source));
        findings.extend(roots.flat_map(|path| cycles::check(&sources, &path)));
    }
    findings.extend(architecture::check_file(root)?);
    // A file can belong to several targets.
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// Runs the checks of single files.
fn of_files(sources: &Sources, entry_points: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter() {
        findings.extend(sizes::check(source));
        findings.extend(names::check(source.path()));
        findings.extend(module_docs::check(source));
        findings.extend(wire_field::check(source));
        findings.extend(examples::check(source));
        if !entry_points.iter().any(|path| path == source.path()) {
            findings.extend(declarations::check(source));
        }
    }
    findings
}

/// Returns the root files of proc-macro crates, which must contain the exported functions.
fn entry_points(root: &Root, metadata: &Metadata) -> Vec<String> {
    let targets = metadata.ours().flat_map(|package| &package.targets);
    let macros = targets.filter(|target| target.is_proc_macro);
    macros.filter_map(|target| root.relative(&target.source)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{findings, of_files};
    use crate::root::Root;
    use crate::tidy::sources::Sources;

    #[test]
    fn this_workspace_is_tidy() {
        let findings = findings(&Root::find().unwrap()).unwrap();
        let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }

    /// Writes a workspace with one library without a floor, whose two files use each other.
    fn write_workspace(folder: &Path) {
        let package = "[package]\nname = \"a\"\n";
        for (path, text) in [
            ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/a\"]\n"),
            ("docs/architecture.md", "`crates/a/src/d.rs`"),
            ("crates/a/Cargo.toml", package),
            ("crates/a/src/lib.rs", "//! Docs.\nmod b;\nmod c;"),
            ("crates/a/src/b.rs", "//! Docs.\nuse crate::c::C;\npub struct B;"),
            ("crates/a/src/c.rs", "//! Docs.\nuse crate::b::B;\npub struct C;"),
        ] {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn each_check_of_the_workspace_runs() {
        let temporary = std::env::temp_dir().canonicalize().unwrap();
        let folder = temporary.join(format!("xtask-tidy-{}", std::process::id()));
        write_workspace(&folder);
        let found = findings(&Root::of(folder.clone())).unwrap();
        fs::remove_dir_all(folder).unwrap();
        let found: Vec<_> = found.iter().map(|finding| finding.wrong.as_str()).collect();
        let [floor, cycle, page] = found[..] else { panic!("{found:?}") };
        assert!(floor.contains("a has no floor"), "{floor}");
        assert!(cycle.contains("a cycle of files: crates/a/src/b.rs"), "{cycle}");
        assert!(page.contains("`crates/a/src/d.rs` does not exist"), "{page}");
    }

    #[test]
    fn each_check_of_single_files_runs() {
        let text = format!("fn a() {{ b(\"data: c\"); {} }}", "\n".repeat(400));
        let path = "crates/a/common/lib.rs";
        let sources = Sources::of(&[(path, &text)]);
        let found = of_files(&sources, &[]);
        let found: Vec<_> = found.iter().map(|finding| finding.wrong.as_str()).collect();
        let parts = ["401 lines", "`common`", "without `//!`", "contains `data", "`lib.rs` may"];
        assert_eq!(found.len(), parts.len(), "{found:?}");
        for part in parts {
            assert!(found.iter().any(|wrong| wrong.contains(part)), "{part}: {found:?}");
        }
        assert_eq!(of_files(&sources, &[path.into()]).len(), parts.len() - 1);
    }
}
