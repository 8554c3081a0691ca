//! The reply to a message of a client.

use std::fmt;
use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use hyperpoint_core::{Problem, Result};
use hyperpoint_sse::StreamItem;
use serde_json::Value;

use crate::rpc::RpcError;

/// The messages of an event stream, of which the response is the last.
pub(crate) type Messages = Pin<Box<dyn Stream<Item = Result<StreamItem>> + Send>>;

/// The reply to a message of a client.
pub(crate) enum Reply {
    /// A JSON body with a status and headers: a message of the protocol, or an HTTP error.
    Json { status: StatusCode, headers: HeaderMap, body: Value },
    /// The serialized JSON of a response with status 200.
    Written(Vec<u8>),
    /// A problem that the host sends as the HTTP response.
    Refused(Problem),
    /// The status 202 without a body, for a notification or for an answer to a question.
    Accepted,
    /// An event stream.
    Messages(Messages),
}

impl Reply {
    pub(crate) fn message(body: Value) -> Self {
        Self::Json { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    pub(crate) fn messages(messages: impl Stream<Item = Value> + Send + 'static) -> Self {
        let item = |message| StreamItem::json(&message).map_err(Problem::from);
        Self::Messages(Box::pin(messages.map(item)))
    }

    pub(crate) fn error(id: &Value, error: &RpcError) -> Self {
        Self::Json { status: error.status, headers: HeaderMap::new(), body: error.response(id) }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { status, body, .. } => {
                f.debug_tuple("Json").field(status).field(body).finish()
            }
            Self::Written(json) => {
                f.debug_tuple("Written").field(&String::from_utf8_lossy(json)).finish()
            }
            Self::Refused(problem) => f.debug_tuple("Refused").field(problem).finish(),
            Self::Accepted => f.write_str("Accepted"),
            Self::Messages(_) => f.write_str("Messages"),
        }
    }
}
