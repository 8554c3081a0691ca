//! The values of a request body that the request's headers must match.

use std::borrow::Cow;

use serde_json::Value;

use crate::call_request::CallRequest;
use crate::json::text;
use crate::request::{CLIENT_CAPABILITIES, PROTOCOL_VERSION, Request};

/// The values of a request body that the request's headers must match, and whether `_meta` has the
/// capabilities of the client.
#[derive(Clone, Debug)]
pub(crate) struct Stated<'a> {
    pub(crate) method: &'a str,
    /// The parameter that the header `Mcp-Name` must match, if the method has such a parameter.
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) version: Version<'a>,
    /// Whether `_meta` has the capabilities of the client.
    pub(crate) has_capabilities: bool,
}

/// The value of the protocol version in `_meta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Version<'a> {
    Absent,
    Text(Cow<'a, str>),
    /// A value that is not a string.
    Invalid,
}

impl Request {
    /// Returns the values of the body that the headers must match, and whether `_meta` has the
    /// capabilities of the client.
    pub(crate) fn stated(&self) -> Stated<'_> {
        let name = match self.method.as_str() {
            "prompts/get" => self.text("name"),
            "resources/read" => self.text("uri"),
            _ => None,
        };
        let version = match self.meta(PROTOCOL_VERSION) {
            None => Version::Absent,
            Some(Value::String(version)) => Version::Text(version.into()),
            Some(_) => Version::Invalid,
        };
        let has_capabilities = self.meta(CLIENT_CAPABILITIES).is_some_and(Value::is_object);
        Stated { method: &self.method, name: name.map(Cow::from), version, has_capabilities }
    }
}

impl CallRequest<'_> {
    /// Returns the values of the body that the headers must match, and whether `_meta` has the
    /// capabilities of the client.
    pub(crate) fn stated(&self) -> Stated<'_> {
        let version = match self.meta.version {
            None => Version::Absent,
            Some(version) => text(version).map_or(Version::Invalid, Version::Text),
        };
        let capabilities = self.meta.capabilities;
        Stated {
            method: "tools/call",
            name: self.name.as_deref().map(Cow::Borrowed),
            version,
            has_capabilities: capabilities.is_some_and(|all| all.get().starts_with('{')),
        }
    }
}
