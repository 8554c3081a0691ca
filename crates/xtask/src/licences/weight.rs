//! The number of packages that a user builds for `hyperpoint`: with its default features, without
//! them, and with each feature.

use std::collections::BTreeSet;

use crate::command_line::CommandLine;
use crate::failure::Result;
use crate::finding::{Finding, line_starting_with};
use crate::root::Root;

const TREE: &str = "cargo tree --locked -p hyperpoint -e normal --prefix none --target \
                    x86_64-unknown-linux-gnu";

const MANIFEST: &str = "crates/hyperpoint/Cargo.toml";

/// The chapter that states the numbers.
const CHAPTER: &str = "docs/guide/09-costs.md";

/// A build whose number of packages is limited.
#[derive(Debug)]
struct Build {
    what: &'static str,
    arguments: &'static str,
    /// Maximum number of third-party packages, on Linux.
    limit: usize,
}

const DEFAULT: Build = Build { what: "the build with default features", arguments: "", limit: 80 };
const SMALLEST: Build = Build {
    what: "the build without default features",
    arguments: " --no-default-features",
    limit: 66,
};

/// Finds builds over their limits, and wrong numbers in the chapter.
pub(crate) fn check(root: &Root) -> Result<Vec<Finding>> {
    let chapter = root.read(CHAPTER)?;
    let mut findings = Vec::new();
    for build in [&DEFAULT, &SMALLEST] {
        findings.extend(of_build(build, count(root, build.arguments)?, &chapter));
    }
    let smallest = count(root, SMALLEST.arguments)?;
    for feature in features(&root.read(MANIFEST)?) {
        let with = count(root, &format!("{} --features {feature}", SMALLEST.arguments))?;
        findings.extend(of_feature(feature, with.saturating_sub(smallest), &chapter));
    }
    Ok(findings)
}

fn count(root: &Root, arguments: &str) -> Result<usize> {
    Ok(of_others(&CommandLine::new(format!("{TREE}{arguments}")).output(root.path())?))
}

/// Counts the third-party packages, each version once.
fn of_others(tree: &str) -> usize {
    let packages = tree.lines().filter(|line| !line.starts_with("hyperpoint"));
    let names = packages.map(|line| line.split(" (").next().unwrap_or(line).trim_end());
    names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().len()
}

/// Returns the names in the table `[features]` of a manifest, without `default`.
fn features(manifest: &str) -> impl Iterator<Item = &str> {
    let table = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    let entries = table.take_while(|line| !line.starts_with('['));
    entries
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#') && *name != "default")
}

fn of_build(build: &Build, count: usize, chapter: &str) -> Vec<Finding> {
    let Build { what, limit, .. } = build;
    let mut findings = Vec::new();
    if count > *limit {
        let wrong = format!("{what} has {count} packages; the limit is {limit}");
        let fix = "make the dependency a feature, or find a lighter one";
        findings.push(Finding::new(MANIFEST, 1, wrong, fix));
    }
    let sentence = format!("{count} third-party packages");
    if !chapter.contains(&sentence) {
        let line = line_starting_with(chapter, "## Dependencies");
        let wrong = format!("the chapter does not contain `{sentence}` for {what}");
        findings.push(Finding::new(CHAPTER, line, wrong, "write the count of `cargo tree`"));
    }
    findings
}

/// Returns a finding if the chapter has no row for the feature whose last cell is `adds`, the
/// number of packages that the feature adds.
fn of_feature(feature: &str, adds: usize, chapter: &str) -> Option<Finding> {
    let start = format!("| `{feature}` |");
    let row = chapter.lines().find(|line| line.starts_with(&start));
    let is_right = row.is_some_and(|row| row.ends_with(&format!(" | {adds} |")));
    (!is_right).then(|| {
        let line = line_starting_with(chapter, &start);
        let wrong = format!("the table has no row `{start} … | {adds} |`");
        let fix = "describe the feature, and write how many packages it adds to the smallest build";
        Finding::new(CHAPTER, line, wrong, fix)
    })
}

#[cfg(test)]
mod tests {
    use super::{SMALLEST, features, of_build, of_feature, of_others};

    #[test]
    fn each_package_of_others_counts_once() {
        let tree = "hyperpoint v0.1.0 (/a)\nbytes v1.0.0\nbytes v1.0.0 (*)\nserde_derive v1.0.0 \
                    (proc-macro)\nhyperpoint-sse v0.1.0 (/b)\nbytes v2.0.0\n";
        assert_eq!(of_others(tree), 3);
    }

    #[test]
    fn the_limit_and_the_chapter_are_compared() {
        let chapter = |count| format!("It builds {count} third-party packages.");
        let limit = SMALLEST.limit;
        assert!(of_build(&SMALLEST, limit, &chapter(limit)).is_empty());
        assert_eq!(of_build(&SMALLEST, limit, &chapter(7)).len(), 1);
        assert_eq!(of_build(&SMALLEST, limit + 1, &chapter(limit + 1)).len(), 1);
    }

    #[test]
    fn each_feature_but_the_default_has_a_row_with_its_number() {
        let manifest = "[package]\nname = \"a\"\n[features]\n# One = two.\ndefault = [\"b\"]\n\
                        b = []\nc-d = [\"b\"]\n[dependencies]\ne = \"1\"\n";
        assert_eq!(features(manifest).collect::<Vec<_>>(), ["b", "c-d"]);
        let chapter = "| feature | brings | packages |\n| `b` | more | 12 |\n";
        assert_eq!(of_feature("b", 12, chapter), None);
        assert_eq!(of_feature("b", 2, chapter).unwrap().line, 2);
        assert!(of_feature("c-d", 0, chapter).is_some());
    }
}
