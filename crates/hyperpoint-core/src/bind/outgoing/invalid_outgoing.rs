//! Why a value of a request type can't be a call.

use std::error::Error;
use std::fmt;

/// Why no call binds to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOutgoing {
    pub(super) route: String,
    pub(super) name: String,
    pub(super) reason: String,
}

impl InvalidOutgoing {
    /// The application does not have the endpoint of this name.
    #[must_use]
    pub fn no_route(endpoint: &str) -> Self {
        let reason = "the host does not have this endpoint".to_owned();
        Self { route: endpoint.to_owned(), name: String::new(), reason }
    }

    /// The field at fault; empty where it is none alone.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for InvalidOutgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { route, name, reason } = self;
        match name.as_str() {
            "" => write!(f, "call {route}: {reason}"),
            name => write!(f, "call {route}: the field `{name}` {reason}"),
        }
    }
}

impl Error for InvalidOutgoing {}
