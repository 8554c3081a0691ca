//! Checks the dependencies between the crates: a crate depends on crates of lower floors only.
//!
//! Only the dependencies in the crate's own manifest count: cargo unifies features over the
//! workspace, so that an indirect dependency does not show which crate needs it. Tests may depend
//! on any crate.

use crate::crates::{self, CRATES};
use crate::finding::{Finding, line_starting_with};
use crate::metadata::Package;

/// Finds the dependencies of a package under `crates/` that are forbidden or not on a lower floor.
/// A package without a floor is a finding, too. Other packages of the workspace are not checked.
pub(crate) fn check(package: &Package, manifest: &str, text: &str) -> Vec<Finding> {
    if !manifest.starts_with("crates/") {
        return Vec::new();
    }
    let name = &package.name;
    let Some(entry) = crates::find(name) else {
        let wrong = format!("{name} has no floor");
        return vec![Finding::new(manifest, 1, wrong, "give it one in crates/xtask/src/crates.rs")];
    };
    let finding = |dependency: &String, wrong: String, fix: &str| {
        Finding::new(manifest, line_starting_with(text, dependency), wrong, fix)
    };
    let judge = |dependency: &String| {
        if entry.never.contains(&dependency.as_str()) {
            let wrong = format!("{name} must not depend on {dependency}");
            return Some(finding(
                dependency,
                wrong,
                "move the code that needs it to a higher floor",
            ));
        }
        let other = CRATES.iter().find(|other| other.name == dependency)?;
        if other.floor < entry.floor {
            return None;
        }
        let wrong = format!(
            "{name} on floor {} depends on {dependency} on floor {}",
            entry.floor, other.floor
        );
        Some(finding(dependency, wrong, "move the code that both need to a lower floor"))
    };
    package.dependencies.iter().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::metadata::Package;

    fn findings(name: &str, dependencies: &[&str]) -> Vec<String> {
        let dependencies: Vec<String> = dependencies.iter().map(|name| (*name).into()).collect();
        let package = Package { name: name.into(), dependencies, ..Package::default() };
        let manifest = format!("crates/{name}/Cargo.toml");
        let text = "[dependencies]\nhyperpoint-host.workspace = true\n";
        check(&package, &manifest, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_dependency_must_be_on_a_lower_floor() {
        assert!(findings("hyperpoint-core", &["hyperpoint-sse", "bytes"]).is_empty());
        assert!(findings("hyperpoint", &["hyperpoint-host", "hyperpoint-macros"]).is_empty());
        let up = findings("hyperpoint-core", &["hyperpoint-host"]);
        assert!(up[0].starts_with("crates/hyperpoint-core/Cargo.toml:2: hyperpoint-core on floor"));
        assert_eq!(findings("hyperpoint-macros", &["hyperpoint-sse"]).len(), 1);
        assert_eq!(findings("hyperpoint-host", &["hyperpoint"]).len(), 1);
    }

    #[test]
    fn a_forbidden_dependency_is_a_finding() {
        assert!(findings("hyperpoint-sse", &["hyper"])[0].contains("must not depend on hyper"));
        assert_eq!(findings("hyperpoint-core", &["hyper", "hyper-util", "socket2"]).len(), 3);
        assert!(findings("hyperpoint-host", &["hyper", "tokio"]).is_empty());
    }

    #[test]
    fn a_new_crate_needs_a_floor() {
        assert!(findings("hyperpoint-new", &[])[0].contains("hyperpoint-new has no floor"));
    }
}
