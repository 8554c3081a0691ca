//! One version of each package in what a user builds: the normal dependencies of our libraries.

use std::collections::{BTreeMap, BTreeSet};

use crate::crates::{self, Audience};
use crate::finding::{Finding, line_starting_with};
use crate::metadata::{Metadata, Package};

/// A package that may be there twice, for now.
#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) package: &'static str,
    pub(crate) reason: &'static str,
}

/// Each with its reason; one that is no longer needed is a mistake.
pub(crate) const ALLOWED: &[Exception] = &[
    Exception {
        package: "hashbrown",
        reason: "metrics-util, behind the feature `prometheus`, is still on hashbrown 0.16",
    },
    Exception {
        package: "syn",
        reason: "async-stream, for `stream!` of the prelude, is still on syn 2",
    },
    Exception {
        package: "getrandom",
        reason: "jsonwebtoken, behind the feature `jwt`, is still on rand_core 0.6; ring, behind the \
                 feature `tls`, is still on getrandom 0.2",
    },
    Exception {
        package: "rand_core",
        reason: "jsonwebtoken, behind the feature `jwt`, is still on rand_core 0.6",
    },
    Exception {
        package: "rand",
        reason: "jsonwebtoken, behind the feature `jwt`, is still on rand 0.8; async-nats, behind the \
                 feature `nats`, is on rand 0.10",
    },
    Exception {
        package: "cpufeatures",
        reason: "jsonwebtoken, behind the feature `jwt`, is still on cpufeatures 0.2; async-nats, \
                 behind the feature `nats`, is on 0.3",
    },
    Exception {
        package: "windows-sys",
        reason: "ring, behind the feature `tls`, is still on windows-sys 0.52",
    },
    Exception {
        package: "rand",
        reason: "metrics-util, behind the feature `prometheus`, and jsonwebtoken, behind `jwt`, are on \
                 rand 0.9 and 0.8",
    },
    Exception { package: "rand_chacha", reason: "comes with the two of rand" },
    Exception { package: "r-efi", reason: "comes with the versions of getrandom, on UEFI alone" },
    Exception {
        package: "windows-link",
        reason: "loom, which metrics-exporter-prometheus builds for its own tests alone, names a newer \
                 one",
    },
];

const HERE: &str = "crates/xtask/src/licences/duplicates.rs";

/// One finding for each package in two versions, and for each exception without use.
pub(crate) fn check(metadata: &Metadata, lock: &str, allowed: &[Exception]) -> Vec<Finding> {
    let twice: BTreeMap<&str, BTreeSet<&str>> =
        versions(metadata).into_iter().filter(|(_, versions)| versions.len() > 1).collect();
    let is_allowed = |name: &str| allowed.iter().any(|entry| entry.package == name);
    let found = twice.iter().filter(|(name, _)| !is_allowed(name)).map(|(name, versions)| {
        let line = line_starting_with(lock, &format!("name = \"{name}\""));
        let versions: Vec<&str> = versions.iter().copied().collect();
        let wrong = format!("{name} is in a user's build in versions {}", versions.join(" and "));
        let fix =
            format!("see `cargo tree --duplicates` and agree on one, or give a reason in {HERE}");
        Finding::new("Cargo.lock", line, wrong, fix)
    });
    let unused = allowed.iter().filter(|entry| !twice.contains_key(entry.package)).map(|entry| {
        let Exception { package, reason } = entry;
        let wrong = format!("{package} is allowed twice ({reason}) but is there once");
        Finding::new(HERE, 1, wrong, "remove the entry")
    });
    found.chain(unused).collect()
}

/// The versions of each package that a user of any of our libraries builds.
fn versions(metadata: &Metadata) -> BTreeMap<&str, BTreeSet<&str>> {
    let built = built(metadata);
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata.packages.iter().filter(|package| built.contains(package.id.as_str())) {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions
}

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

    /// Packages as `name@version`, where the first is ours, and edges by position.
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
    fn two_versions_in_a_users_build_are_a_mistake() {
        let ids = ["hyperpoint@0.1.0", "a@1.0.0", "b@1.0.0", "b@2.0.0"];
        let twice = findings(&metadata(&ids, &[(0, 1), (0, 2), (1, 3)]), &[]);
        assert_eq!(twice.len(), 1);
        assert!(twice[0].contains("b is in a user's build in versions 1.0.0 and 2.0.0"));
        assert!(findings(&metadata(&ids, &[(0, 1), (0, 2)]), &[]).is_empty());
    }

    #[test]
    fn what_only_developers_build_may_be_there_twice() {
        let ids = ["xtask@0.1.0", "b@1.0.0", "b@2.0.0"];
        assert!(findings(&metadata(&ids, &[(0, 1), (0, 2)]), &[]).is_empty());
    }

    #[test]
    fn an_exception_lasts_as_long_as_its_use() {
        let ids = ["hyperpoint@0.1.0", "b@1.0.0", "b@2.0.0"];
        let allowed = [Exception { package: "b", reason: "until a 2" }];
        assert!(findings(&metadata(&ids, &[(0, 1), (0, 2)]), &allowed).is_empty());
        let unused = findings(&metadata(&ids, &[(0, 1)]), &allowed);
        assert!(unused[0].contains("b is allowed twice (until a 2) but is there once"));
    }
}
