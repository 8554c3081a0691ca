//! What is written by hand beside the endpoints: prompts, resources, tools that ask the user. It is known here by its
//! messages alone.

use std::any::Any;
use std::fmt;

use http::request;
use hyperpoint_core::{Identity, Peer};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::caller::Caller;
use crate::revision::Revision;

/// A handler of messages that is written by hand.
pub(crate) trait Handwritten: fmt::Debug + Send + Sync {
    /// Returns its capabilities and its instructions, as members of the result of `initialize`.
    fn offered(&self) -> Value;

    /// Returns the schema of the arguments of a tool, if it knows the tool without being asked.
    fn input_schema(&self, tool: &str) -> Option<Value>;

    /// Begins to answer a request.
    ///
    /// # Errors
    ///
    /// The text of an error if the request is none of the protocol.
    fn begin(&self, request: Value, of: Asked) -> Result<Exchange, String>;
}

/// The request of HTTP that brought a message.
#[cfg_attr(not(feature = "handler"), expect(dead_code, reason = "only a handler reads it"))]
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) revision: Revision,
    pub(crate) parts: request::Parts,
    pub(crate) identity: Identity,
    pub(crate) peer: Option<Peer>,
}

impl Asked {
    pub(crate) fn new(caller: Caller<'_>, revision: Revision) -> Self {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.method = caller.request.method.clone();
        parts.uri = caller.request.uri.clone();
        parts.version = caller.request.version;
        parts.headers = caller.request.headers.clone();
        Self { revision, parts, identity: caller.identity.clone(), peer: caller.peer }
    }
}

/// The messages of one request. Dropping it tells the handler to stop.
pub(crate) struct Exchange {
    /// The messages of the handler, up to the response.
    pub(crate) messages: mpsc::Receiver<Value>,
    /// The answers of the client to questions of the handler.
    pub(crate) answers: mpsc::Sender<Value>,
    /// Dropped with the exchange.
    pub(crate) _guard: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
