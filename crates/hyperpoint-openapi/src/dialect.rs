//! The versions of OpenAPI in which documents are written.

/// A version of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAPI 3.1, which client generators read. It cannot describe methods such as `QUERY`, and
    /// describes a stream only by the data of its events.
    V31,
    /// OpenAPI 3.2, which describes each event of a stream, and any method.
    V32,
}

impl Dialect {
    /// Returns the value of the field `openapi`.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::V31 => "3.1.1",
            Self::V32 => "3.2.0",
        }
    }
}
