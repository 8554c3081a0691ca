//! Checks that the files which `docs/architecture.md` names exist.

use std::path::Path;

use crate::failure::Result;
use crate::finding::Finding;
use crate::root::Root;

const PAGE: &str = "docs/architecture.md";

/// Finds paths to Rust files, between backticks in `docs/architecture.md`, that do not exist.
/// Returns no findings if the page is absent.
pub(crate) fn check_file(root: &Root) -> Result<Vec<Finding>> {
    if !root.join(PAGE).is_file() {
        return Ok(Vec::new());
    }
    Ok(check(&root.read(PAGE)?, |path| root.join(path).is_file()))
}

fn check(page: &str, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let lines = page.lines().enumerate();
    let named = lines.flat_map(|(before, line)| paths(line).map(move |path| (before + 1, path)));
    named
        .filter(|(_, path)| !exists(path))
        .map(|(line, path)| {
            let wrong = format!("the file `{path}` does not exist");
            Finding::new(PAGE, line, wrong, "correct the path, which starts at the root")
        })
        .collect()
}

/// Returns the texts between backticks that have the form of a path to a Rust file.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let between = line.split('`').skip(1).step_by(2);
    between.filter(|text| {
        let is_rust = Path::new(text).extension().is_some_and(|extension| extension == "rs");
        is_rust && text.contains('/') && !text.contains([' ', '*', '<', '{'])
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_missing_file_is_a_finding_at_its_line() {
        let page = "In `crates/a/src/b.rs`.\nThen `crates/a/src/c.rs` and `c.rs`, not d/e.rs.\n\
            A `crates/*/src/lib.rs` is a pattern, and `a/b` is no file.";
        let findings: Vec<_> = check(page, |path| path == "crates/a/src/b.rs")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0]
                .starts_with("docs/architecture.md:2: the file `crates/a/src/c.rs` does not")
        );
    }
}
