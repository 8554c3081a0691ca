//! The number of packages that a user builds for `hyperpoint` with its default features.

use std::collections::BTreeSet;

use crate::command_line::CommandLine;
use crate::failure::Result;
use crate::finding::{Finding, line_starting_with};
use crate::root::Root;

/// The largest number of packages of others, on Linux.
const LIMIT: usize = 80;

const TREE: &str = "cargo tree --locked -p hyperpoint -e normal --prefix none --target \
                    x86_64-unknown-linux-gnu";

/// The chapter that states the number.
const CHAPTER: &str = "docs/guide/09-costs.md";

/// Finds a default build over the limit, and a chapter that states another number.
pub(crate) fn check(root: &Root) -> Result<Vec<Finding>> {
    let count = count(&CommandLine::new(TREE).output(root.path())?);
    Ok(findings(count, &root.read(CHAPTER)?))
}

/// Counts the packages that are not ours, each version once.
fn count(tree: &str) -> usize {
    let packages = tree.lines().filter(|line| !line.starts_with("hyperpoint"));
    let names = packages.map(|line| line.split(" (").next().unwrap_or(line).trim_end());
    names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().len()
}

fn findings(count: usize, chapter: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if count > LIMIT {
        let wrong = format!("the default features bring {count} packages; the limit is {LIMIT}");
        let fix = "make the dependency a feature, or find a lighter one";
        findings.push(Finding::new("crates/hyperpoint/Cargo.toml", 1, wrong, fix));
    }
    let sentence = format!("{count} packages of others");
    if !chapter.contains(&sentence) {
        let line = line_starting_with(chapter, "## Dependencies");
        let wrong = format!("the chapter does not say `{sentence}`");
        findings.push(Finding::new(CHAPTER, line, wrong, "state the number of `cargo tree`"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, count, findings};

    #[test]
    fn each_package_of_others_counts_once() {
        let tree = "hyperpoint v0.1.0 (/a)\nbytes v1.0.0\nbytes v1.0.0 (*)\nserde_derive v1.0.0 \
                    (proc-macro)\nhyperpoint-sse v0.1.0 (/b)\nbytes v2.0.0\n";
        assert_eq!(count(tree), 3);
    }

    #[test]
    fn the_limit_and_the_chapter_are_compared() {
        let chapter = |count| format!("It builds {count} packages of others.");
        assert!(findings(LIMIT, &chapter(LIMIT)).is_empty());
        assert_eq!(findings(LIMIT, &chapter(7)).len(), 1);
        assert_eq!(findings(LIMIT + 1, &chapter(LIMIT + 1)).len(), 1);
    }
}
