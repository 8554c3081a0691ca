//! Compares the packages that the first command of the README compiles with a recorded list.
//!
//! Cargo builds a package with the features that any default member enables, also for tests. So a
//! dependency of one example may add packages to the build of another example. `cargo tree` shows
//! these packages if it is run for all default members.

use std::collections::{BTreeMap, BTreeSet};

use crate::command_line::CommandLine;
use crate::failure::Result;
use crate::finding::{Finding, line_starting_with};
use crate::root::Root;

/// The command that lists the dependencies of all default members, with the features that cargo
/// unifies over them.
const TREE: &str = "cargo tree --locked -e normal,build,dev --prefix depth --target \
                    x86_64-unknown-linux-gnu";

/// The package with the example that `cargo run --example host` runs.
const EXAMPLE: &str = "example-host";

/// The recorded list of packages. Each line has the name of a package and the first part of its
/// version that is not 0: `name major` or `name 0.minor`.
const LIST: &str = "examples/host/packages.txt";

/// Finds compiled packages that the list lacks, and listed packages that are not compiled.
pub(crate) fn check(root: &Root) -> Result<Vec<Finding>> {
    let tree = CommandLine::new(TREE).output(root.path())?;
    Ok(findings(&compiled(&tree), &root.read(LIST)?))
}

fn findings(compiled: &BTreeSet<String>, list: &str) -> Vec<Finding> {
    let listed: BTreeSet<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let added = compiled.iter().filter(|package| !listed.contains(package.as_str()));
    let added = added.map(|package| {
        let wrong = format!("`cargo run --example host` now compiles `{package}`");
        let fix = "see `cargo tree -e normal,build,dev -i`, and avoid it, or write this line into the list";
        Finding::new(LIST, 1, wrong, fix)
    });
    let removed = listed.iter().filter(|package| !compiled.contains(**package)).map(|package| {
        let wrong = format!("`cargo run --example host` no longer compiles `{package}`");
        Finding::new(LIST, line_starting_with(list, package), wrong, "remove the line")
    });
    added.chain(removed).collect()
}

/// Returns the third-party packages on which the example depends, directly or indirectly.
fn compiled(tree: &str) -> BTreeSet<String> {
    let needs = needs(tree);
    let (mut found, mut next) = (BTreeSet::new(), vec![EXAMPLE]);
    while let Some(package) = next.pop() {
        for dependency in needs.get(package).into_iter().flatten() {
            if found.insert(*dependency) {
                next.push(dependency);
            }
        }
    }
    found.into_iter().filter(|package| !is_ours(package)).map(told_apart).collect()
}

/// Maps each package of a tree to its direct dependencies. A tree lists the dependencies of a
/// package only at its first occurrence.
fn needs(tree: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let (mut needs, mut above) = (BTreeMap::<_, BTreeSet<_>>::new(), Vec::new());
    for line in tree.lines() {
        let name = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let Ok(depth) = line[..line.len() - name.len()].parse() else { continue };
        let package = package(name);
        above.truncate(depth);
        if let Some(parent) = above.last() {
            needs.entry(*parent).or_default().insert(package);
        }
        above.push(package);
    }
    needs
}

/// Returns `name vVERSION` for a third-party package, and `name` for a package of the workspace.
fn package(line: &str) -> &str {
    let mut ends = line.match_indices(' ').map(|(at, _)| at);
    let name = ends.next().map_or(line, |end| &line[..end]);
    if is_ours(name) { name } else { ends.next().map_or(line, |end| &line[..end]) }
}

fn is_ours(package: &str) -> bool {
    package.starts_with("hyperpoint") || package.starts_with("example-")
}

/// Returns the package with the part of its version that shows incompatibility in semver: `syn 2`,
/// `rand 0.8`.
fn told_apart(package: &str) -> String {
    let (name, version) = package.split_once(" v").unwrap_or((package, ""));
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("{name} 0.{minor}"),
        (Some(major), _) => format!("{name} {major}"),
        (None, _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{compiled, findings};

    const TREE: &str = "0example-chat v0.1.0 (/w/chat)\n\
                        1hyperpoint v0.1.0 (/w/hyperpoint)\n\
                        2rand v0.8.5\n\
                        3rand_core v0.6.4\n\
                        2serde_derive v1.0.2 (proc-macro)\n\
                        1nats v3.1.0\n\
                        \n\
                        0example-host v0.1.0 (/w/host)\n\
                        [build-dependencies]\n\
                        1hyperpoint v0.1.0 (/w/hyperpoint) (*)\n\
                        1rand v0.9.1\n";

    #[test]
    fn what_the_example_needs_is_found_wherever_the_tree_has_it() {
        let compiled: Vec<_> = compiled(TREE).into_iter().collect();
        assert_eq!(compiled, ["rand 0.8", "rand 0.9", "rand_core 0.6", "serde_derive 1"]);
    }

    #[test]
    fn packages_too_many_and_too_few_are_findings() {
        let list = "# A comment.\nrand 0.8\nrand 0.9\nrand_core 0.6\nserde_derive 1\n";
        assert!(findings(&compiled(TREE), list).is_empty());
        let found = findings(&compiled(TREE), &list.replace("rand_core 0.6", "syn 2"));
        let wrong: Vec<_> = found.iter().map(|finding| finding.wrong.as_str()).collect();
        let command = "`cargo run --example host`";
        assert_eq!(
            wrong,
            [
                format!("{command} now compiles `rand_core 0.6`"),
                format!("{command} no longer compiles `syn 2`"),
            ]
        );
        assert_eq!(found[1].line, 4);
    }
}
