//! The directions between crates: a crate depends on crates of lower floors, by its manifest.
//!
//! Only its own lines count: cargo unifies features over the workspace, so that a package far
//! below says nothing of who asked for it. Tests may depend on anything.

use crate::crates::{self, CRATES};
use crate::finding::{Finding, line_starting_with};
use crate::metadata::Package;

/// Finds dependencies of one of our packages which lead up or to what it must not know.
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
            let wrong = format!("{name} must not know {dependency}");
            return Some(finding(dependency, wrong, "move what needs it to a higher floor"));
        }
        let other = CRATES.iter().find(|other| other.name == dependency)?;
        if other.floor < entry.floor {
            return None;
        }
        let wrong = format!(
            "{name} on floor {} depends on {dependency} on floor {}",
            entry.floor, other.floor
        );
        Some(finding(dependency, wrong, "move what both need to a lower floor"))
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
    fn dependencies_lead_down() {
        assert!(findings("hyperpoint-core", &["hyperpoint-sse", "bytes"]).is_empty());
        assert!(findings("hyperpoint", &["hyperpoint-host", "hyperpoint-macros"]).is_empty());
        let up = findings("hyperpoint-core", &["hyperpoint-host"]);
        assert!(up[0].starts_with("crates/hyperpoint-core/Cargo.toml:2: hyperpoint-core on floor"));
        assert_eq!(findings("hyperpoint-macros", &["hyperpoint-sse"]).len(), 1);
        assert_eq!(findings("hyperpoint-host", &["hyperpoint"]).len(), 1);
    }

    #[test]
    fn some_packages_are_not_to_be_known() {
        assert!(findings("hyperpoint-sse", &["tokio"])[0].contains("must not know tokio"));
        assert_eq!(findings("hyperpoint-core", &["hyper", "hyper-util", "socket2"]).len(), 3);
        assert!(findings("hyperpoint-host", &["hyper", "tokio"]).is_empty());
    }

    #[test]
    fn a_new_crate_needs_a_floor() {
        assert!(findings("hyperpoint-new", &[])[0].contains("hyperpoint-new has no floor"));
    }
}
