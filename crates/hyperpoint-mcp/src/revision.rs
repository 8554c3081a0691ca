//! The revisions of the protocol.

/// The revision without sessions, in which each request says its version and its client.
pub(crate) const STATELESS: &str = "2026-07-28";

/// The revisions that begin with `initialize`, the newest first.
pub(crate) const INITIALIZED: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// The rules by which a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// 2026-07-28.
    Stateless,
    /// 2025-11-25 and the two before it.
    Initialized,
}

impl Revision {
    pub(crate) fn is_stateless(self) -> bool {
        self == Self::Stateless
    }
}

/// Returns all revisions, the newest first.
pub(crate) fn supported() -> Vec<&'static str> {
    [STATELESS].into_iter().chain(INITIALIZED).collect()
}

/// Returns the revision of an `initialize` that asks for this one.
pub(crate) fn negotiated(asked: Option<&str>) -> &'static str {
    INITIALIZED.into_iter().find(|known| Some(*known) == asked).unwrap_or(INITIALIZED[0])
}
