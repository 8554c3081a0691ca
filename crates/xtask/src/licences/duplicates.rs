//! Packages in several versions in the build of a user, which consists of the normal dependencies
//! of the library crates.

use std::collections::{BTreeMap, BTreeSet};

use crate::crates::{self, Audience};
use crate::finding::{Finding, line_starting_with};
use crate::metadata::{Metadata, Package};

/// Packages that are allowed in several versions for now, for one reason.
#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) packages: &'static [&'static str],
    pub(crate) reason: &'static str,
}

/// The exceptions. An exception that is no longer needed is a finding.
pub(crate) const ALLOWED: &[Exception] = &[
    Exception {
        packages: &["hashbrown"],
        reason: "metrics-util, of the feature `prometheus`, still uses hashbrown 0.16",
    },
    Exception {
        packages: &["syn"],
        reason: "curve25519-dalek, of the feature `jwt`, and pin-project, of the feature `nats`, still \
                 use syn 2",
    },
    Exception {
        packages: &["getrandom"],
        reason: "jsonwebtoken, of the feature `jwt`, still uses rand_core 0.6; ring, of the feature \
                 `tls`, still uses getrandom 0.2",
    },
    Exception {
        packages: &["rand_core"],
        reason: "jsonwebtoken, of the feature `jwt`, still uses rand_core 0.6",
    },
    Exception {
        packages: &["rand"],
        reason: "jsonwebtoken, of the feature `jwt`, still uses rand 0.8; metrics-util, of the \
                 feature `prometheus`, uses rand 0.9; async-nats, of the feature `nats`, rand 0.10",
    },
    Exception {
        packages: &["cpufeatures"],
        reason: "jsonwebtoken, of the feature `jwt`, still uses cpufeatures 0.2; async-nats, of the \
                 feature `nats`, uses 0.3",
    },
    Exception {
        packages: &["windows-sys"],
        reason: "ring, of the feature `tls`, still uses windows-sys 0.52",
    },
    Exception { packages: &["rand_chacha"], reason: "a dependency of each version of rand" },
    Exception {
        packages: &["r-efi"],
        reason: "a dependency of each version of getrandom, only on UEFI",
    },
    Exception {
        packages: &["windows-link"],
        reason: "loom, which metrics-exporter-prometheus uses in its own tests only, names a newer \
                 version",
    },
    Exception {
        packages: &["block-buffer", "const-oid", "crypto-common", "digest", "sha2"],
        reason: "rmcp, of the feature `mcp-handler`, uses sha2 0.11; jsonwebtoken, of the feature `jwt`, \
                 still uses 0.10",
    },
    Exception {
        packages: &[
            "windows-core",
            "windows-implement",
            "windows-interface",
            "windows-result",
            "windows-strings",
        ],
        reason: "chrono, which rmcp of the feature `mcp-handler` uses, names an older version, only on \
                 Windows",
    },
];

const HERE: &str = "crates/xtask/src/licences/duplicates.rs";

/// Finds each package in several versions that is not an exception, and each unused exception.
pub(crate) fn check(metadata: &Metadata, lock: &str, allowed: &[Exception]) -> Vec<Finding> {
    let twice: BTreeMap<&str, BTreeSet<&str>> =
        versions(metadata).into_iter().filter(|(_, versions)| versions.len() > 1).collect();
    let is_allowed = |name: &str| allowed.iter().any(|entry| entry.packages.contains(&name));
    let found = twice.iter().filter(|(name, _)| !is_allowed(name)).map(|(name, versions)| {
        let line = line_starting_with(lock, &format!("name = \"{name}\""));
        let versions: Vec<&str> = versions.iter().copied().collect();
        let wrong =
            format!("the build of a user has {name} in versions {}", versions.join(" and "));
        let fix = format!(
            "see `cargo tree --duplicates` and use one version, or add an exception in {HERE}"
        );
        Finding::new("Cargo.lock", line, wrong, fix)
    });
    let exceptions = allowed.iter().flat_map(|Exception { packages, reason }| {
        packages.iter().map(move |package| (package, reason))
    });
    let unused = exceptions.filter(|(package, _)| !twice.contains_key(*package));
    let unused = unused.map(|(package, reason)| {
        let wrong = format!("the exception for {package} ({reason}) is no longer needed");
        Finding::new(HERE, 1, wrong, "remove it")
    });
    found.chain(unused).collect()
}

/// Returns the versions of each package in the build of a user of any library crate.
fn versions(metadata: &Metadata) -> BTreeMap<&str, BTreeSet<&str>> {
    let built = built(metadata);
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata.packages.iter().filter(|package| built.contains(package.id.as_str())) {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions
}

/// Returns the ids of the packages in the build of a user.
fn built(metadata: &Metadata) -> BTreeSet<&str> {
    let mut built = BTreeSet::new();
    let mut next: Vec<&str> = metadata
        .ours()
        .filter(|package| is_for_users(package))
        .map(|package| &*package.id)
        .collect();
    while let Some(id) = next.pop() {
        if built.insert(id) {
            next.extend(metadata.normal.get(id).into_iter().flatten().map(String::as_str));
        }
    }
    built
}

fn is_for_users(package: &Package) -> bool {
    crates::find(&package.name).is_some_and(|entry| entry.audience == Audience::Users)
}

#[cfg(test)]
mod tests {
    use super::{Exception, check};
    use crate::metadata::{Metadata, Package};

    /// Creates metadata from packages as `name@version`, of which the first belongs to the
    /// workspace, and from edges between their indices.
    fn metadata(ids: &[&str], edges: &[(usize, usize)]) -> Metadata {
        let packages = ids.iter().map(|id| {
            let (name, version) = id.split_once('@').unwrap();
            let is_ours = *id == ids[0];
            let (id, name, version) = ((*id).into(), name.into(), version.into());
            Package { id, name, version, is_ours, ..Package::default() }
        });
        let mut metadata = Metadata { packages: packages.collect(), ..Metadata::default() };
        for (from, to) in edges {
            metadata.normal.entry(ids[*from].into()).or_default().push(ids[*to].into());
        }
        metadata
    }

    fn findings(metadata: &Metadata, allowed: &[Exception]) -> Vec<String> {
        check(metadata, "", allowed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_versions_in_the_build_of_a_user_are_a_finding() {
        let ids = ["hyperpoint@0.1.0", "a@1.0.0", "b@1.0.0", "b@2.0.0"];
        let twice = findings(&metadata(&ids, &[(0, 1), (0, 2), (1, 3)]), &[]);
        assert_eq!(twice.len(), 1);
        assert!(twice[0].contains("the build of a user has b in versions 1.0.0 and 2.0.0"));
        assert!(findings(&metadata(&ids, &[(0, 1), (0, 2)]), &[]).is_empty());
    }

    #[test]
    fn a_build_of_developers_may_have_two_versions() {
        let ids = ["xtask@0.1.0", "b@1.0.0", "b@2.0.0"];
        assert!(findings(&metadata(&ids, &[(0, 1), (0, 2)]), &[]).is_empty());
    }

    #[test]
    fn an_exception_without_use_is_a_finding() {
        let ids = ["hyperpoint@0.1.0", "b@1.0.0", "b@2.0.0"];
        let allowed = [Exception { packages: &["b", "a"], reason: "until a 2" }];
        let twice = findings(&metadata(&ids, &[(0, 1), (0, 2)]), &allowed);
        assert_eq!(twice.len(), 1);
        assert!(twice[0].contains("the exception for a (until a 2) is no longer needed"));
        let unused = findings(&metadata(&ids, &[(0, 1)]), &allowed);
        assert!(unused[0].contains("the exception for b (until a 2) is no longer needed"));
    }
}
