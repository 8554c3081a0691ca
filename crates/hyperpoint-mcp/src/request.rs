//! Requests of clients.

use serde_json::{Map, Value};

/// The key of the version of a request, since 2026-07-28.
pub(crate) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The key of what the client can do, since 2026-07-28.
pub(crate) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Maximum length of an id or a token of progress, in bytes: they are kept as long as their request.
const MAX_ID_BYTES: usize = 256;

/// The reason of an error: a token of progress that is too long.
pub(crate) const LONG_TOKEN: &str = "`progressToken` has at most 256 bytes";

/// A request of a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// A text or an integer.
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Map<String, Value>,
}

/// Returns whether an id or a token has an allowed length.
pub(crate) fn is_short(id: &Value) -> bool {
    id.as_str().is_none_or(|text| text.len() <= MAX_ID_BYTES)
}

impl Request {
    /// Returns a value of `_meta`.
    pub(crate) fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }

    /// Returns the text parameter of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }
}
