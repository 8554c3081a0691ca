//! The interface of the handler that answers messages which are not about endpoints: prompts,
//! resources, tools that ask the user. The rest of the crate exchanges only JSON messages with it.

use std::any::Any;
use std::fmt;

use http::request;
use hyperpoint_core::{Identity, Peer};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::caller::Caller;
use crate::revision::Revision;

/// A handler of messages, which `Mcp::handler` sets.
pub(crate) trait Handwritten: fmt::Debug + Send + Sync {
    /// Returns the handler's `capabilities` and `instructions`, as members of the result of
    /// `initialize`.
    fn offered(&self) -> Value;

    /// Returns the schema of the arguments of a tool, or `None` if the handler can provide it only
    /// in answer to a request.
    fn input_schema(&self, tool: &str) -> Option<Value>;

    /// Starts to answer a request, and returns the exchange with the messages of the answer.
    ///
    /// # Errors
    ///
    /// The error message if the request is not a valid message of the protocol.
    fn begin(&self, request: Value, of: Asked) -> Result<Exchange, String>;
}

/// The HTTP request that contains a message.
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

/// The messages between client and handler for one request. Dropping the exchange cancels the
/// handler.
pub(crate) struct Exchange {
    /// The messages of the handler, of which the response is the last.
    pub(crate) messages: mpsc::Receiver<Value>,
    /// The answers of the client to questions of the handler.
    pub(crate) answers: mpsc::Sender<Value>,
    /// Cancels the handler when the exchange is dropped.
    pub(crate) _guard: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
