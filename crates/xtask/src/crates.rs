//! The table of the crates under `crates/`, with the floor of each. A new crate needs an entry
//! here.
//!
//! `a <- b` means that `b` depends on `a`: `sse <- core <- auth`, `sse <- topics <- nats, sqlite`,
//! `core, topics <- host <- openapi <- mcp`, `auth <- mcp`, `host <- testing`. `macros` and `xtask`
//! depend on no crate of the workspace; `hyperpoint` depends on all of these except `testing` and
//! `xtask`; `bench` depends on `hyperpoint`.

/// The rules for one crate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    /// The height in the order of the crates: a crate may depend only on workspace crates of lower
    /// floors.
    pub(crate) floor: u8,
    /// The packages that its manifest must not name as a dependency, not even as an optional one.
    pub(crate) never: &'static [&'static str],
    pub(crate) audience: Audience,
}

/// The people who build a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Users of Hyperpoint. Their build must not contain two versions of a package.
    Users,
    /// Developers of this workspace only.
    Developers,
}

/// The packages for sockets and for cryptography.
const SOCKETS_AND_CRYPTOGRAPHY: &[&str] =
    &["hyper", "hyper-util", "socket2", "hmac-sha256", "subtle", "jsonwebtoken"];

const SOCKETS: &[&str] = &["hyper", "hyper-util", "socket2"];

/// All crates under `crates/`.
pub(crate) const CRATES: &[Crate] = &[
    library("hyperpoint-sse", 0, SOCKETS_AND_CRYPTOGRAPHY),
    library("hyperpoint-macros", 0, &[]),
    library("hyperpoint-core", 1, SOCKETS_AND_CRYPTOGRAPHY),
    library("hyperpoint-auth", 2, SOCKETS),
    library("hyperpoint-topics", 1, SOCKETS_AND_CRYPTOGRAPHY),
    library("hyperpoint-nats", 3, &[]),
    library("hyperpoint-sqlite", 3, &[]),
    library("hyperpoint-host", 3, &[]),
    library("hyperpoint-openapi", 4, SOCKETS),
    library("hyperpoint-mcp", 5, SOCKETS),
    library("hyperpoint", 6, &[]),
    library("hyperpoint-testing", 6, &[]),
    Crate { name: "hyperpoint-bench", floor: 7, never: &[], audience: Audience::Developers },
    Crate { name: "xtask", floor: 0, never: &[], audience: Audience::Developers },
];

const fn library(name: &'static str, floor: u8, never: &'static [&'static str]) -> Crate {
    Crate { name, floor, never, audience: Audience::Users }
}

/// Returns the entry of the crate called `name`, or `None` if the table has no such crate.
pub(crate) fn find(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|entry| entry.name == name)
}
