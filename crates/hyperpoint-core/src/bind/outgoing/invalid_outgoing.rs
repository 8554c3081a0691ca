//! The error for a value that cannot be converted to a request.

use std::error::Error;
use std::fmt;

/// The error for a value that cannot be converted to a request, for example because a route
/// parameter has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOutgoing {
    pub(super) route: String,
    pub(super) name: String,
    pub(super) reason: String,
}

impl InvalidOutgoing {
    /// Creates the error for an endpoint that is not registered with the host. `endpoint` is the
    /// name of its type.
    #[must_use]
    pub fn no_route(endpoint: &str) -> Self {
        let reason = "the host does not have this endpoint".to_owned();
        Self { route: endpoint.to_owned(), name: String::new(), reason }
    }

    /// Returns the name of the invalid field, or an empty string if no single field is invalid.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the reason why the field, or the whole value, cannot be sent.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
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
