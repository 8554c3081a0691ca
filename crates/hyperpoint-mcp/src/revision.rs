//! The revisions of the protocol.

/// The revision without sessions, in which each request states its protocol version and the
/// capabilities of its client.
pub(crate) const STATELESS: &str = "2026-07-28";

/// The revisions in which a client starts with `initialize`, newest first.
pub(crate) const INITIALIZED: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// The group of revisions whose rules apply to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revision {
    /// The MCP revision 2026-07-28.
    Stateless,
    /// The revisions 2025-11-25, 2025-06-18 and 2025-03-26.
    Initialized,
}

impl Revision {
    pub(crate) fn is_stateless(self) -> bool {
        self == Self::Stateless
    }
}

/// Returns all supported revisions, newest first.
pub(crate) fn supported() -> Vec<&'static str> {
    [STATELESS].into_iter().chain(INITIALIZED).collect()
}

/// Returns the revision that `initialize` selects: the revision `asked` if it is one of
/// [`INITIALIZED`], or else the newest of them.
pub(crate) fn negotiated(asked: Option<&str>) -> &'static str {
    INITIALIZED.into_iter().find(|known| Some(*known) == asked).unwrap_or(INITIALIZED[0])
}
