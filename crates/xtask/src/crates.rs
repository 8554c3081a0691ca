//! The crates under `crates/`, floor by floor: the one table to extend when a crate is added.
//!
//! `sse <- core <- topics <- host <- hyperpoint, testing`; macros depend on none of ours.

/// What the checks know of a crate before they look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    /// It may depend on our crates of lower floors only.
    pub(crate) floor: u8,
    /// Packages it must not depend on by its own manifest, whatever the feature.
    pub(crate) never: &'static [&'static str],
    pub(crate) audience: Audience,
}

/// Who builds a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Users: no package is in their build twice.
    Users,
    /// Only who works on this workspace.
    Developers,
}

const SOCKETS: &[&str] = &["hyper", "hyper-util", "socket2"];

/// In reading order: lower floors first.
pub(crate) const CRATES: &[Crate] = &[
    library("hyperpoint-sse", 0, &["tokio", "http"]),
    library("hyperpoint-macros", 0, &[]),
    library("hyperpoint-core", 1, SOCKETS),
    library("hyperpoint-topics", 2, SOCKETS),
    library("hyperpoint-nats", 3, &[]),
    library("hyperpoint-host", 3, &[]),
    library("hyperpoint", 4, &[]),
    library("hyperpoint-testing", 4, &[]),
    Crate { name: "hyperpoint-bench", floor: 5, never: &[], audience: Audience::Developers },
    Crate { name: "xtask", floor: 0, never: &[], audience: Audience::Developers },
];

const fn library(name: &'static str, floor: u8, never: &'static [&'static str]) -> Crate {
    Crate { name, floor, never, audience: Audience::Users }
}

/// The entry of the crate called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|entry| entry.name == name)
}
