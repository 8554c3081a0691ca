//! Limits the number of packages of the crates that people also use without the rest of Hyperpoint.

use std::collections::BTreeSet;

use crate::command_line::CommandLine;
use crate::failure::Result;
use crate::finding::Finding;
use crate::root::Root;

const TREE: &str =
    "cargo tree --locked -e normal --prefix none --target x86_64-unknown-linux-gnu -p";

/// A crate with features, and the maximum number of packages in its build on Linux, including
/// itself.
struct Alone {
    package: &'static str,
    features: &'static str,
    limit: usize,
}

const ALONE: [Alone; 3] = [
    Alone { package: "hyperpoint-sse", features: "", limit: 16 },
    Alone { package: "hyperpoint-sse", features: " --features stream", limit: 30 },
    Alone { package: "hyperpoint-topics", features: "", limit: 40 },
];

/// Finds crates whose builds exceed their limit of packages.
pub(crate) fn check(root: &Root) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for alone in &ALONE {
        let line = format!("{TREE} {}{}", alone.package, alone.features);
        findings.extend(finding(alone, &CommandLine::new(line).output(root.path())?));
    }
    Ok(findings)
}

fn finding(alone: &Alone, tree: &str) -> Option<Finding> {
    let Alone { package, features, limit } = alone;
    let names = tree.lines().map(|line| line.split(" (").next().unwrap_or(line).trim_end());
    let count = names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().len();
    (count > *limit).then(|| {
        let manifest = format!("crates/{package}/Cargo.toml");
        let wrong = format!("`{package}{features}` has {count} packages; the limit is {limit}");
        Finding::new(&manifest, 1, wrong, "make the dependency a feature, or find a lighter one")
    })
}

#[cfg(test)]
mod tests {
    use super::{ALONE, Alone, finding};

    #[test]
    fn a_crate_with_too_many_packages_is_a_finding() {
        let [sse, ..] = &ALONE;
        let few = Alone { limit: 2, ..*sse };
        let tree = "hyperpoint-sse v0.1.0 (/a)\nbytes v1.0.0\nbytes v1.0.0 (*)\n";
        assert!(finding(&few, tree).is_none());
        let text = finding(&few, &format!("{tree}memchr v2.0.0\n")).unwrap().to_string();
        assert!(text.contains("has 3 packages; the limit is 2"), "{text}");
    }
}
