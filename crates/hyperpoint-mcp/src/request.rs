//! Requests of clients.

use serde_json::{Map, Value};

/// The key in `_meta` of the protocol version, since 2026-07-28.
pub(crate) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The key in `_meta` of the client's capabilities, since 2026-07-28.
pub(crate) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Maximum length of a request id or a progress token, in bytes. Both are stored until the request
/// has been answered.
const MAX_ID_BYTES: usize = 256;

/// The error message for a progress token that is too long.
pub(crate) const LONG_TOKEN: &str = "`progressToken` must have at most 256 bytes";

/// A JSON-RPC request of a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// A string or an integer.
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Map<String, Value>,
}

/// Returns `true` unless the id or token is a string of more than [`MAX_ID_BYTES`] bytes.
pub(crate) fn is_short(id: &Value) -> bool {
    id.as_str().is_none_or(|text| text.len() <= MAX_ID_BYTES)
}

impl Request {
    /// Returns the value of a key in `_meta`, or `None` if it is absent.
    pub(crate) fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }

    /// Returns the string parameter of this name, or `None` if it is absent or not a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }
}
