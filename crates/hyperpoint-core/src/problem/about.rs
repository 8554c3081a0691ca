//! The properties of a request that a problem document contains.

use http::{Request, Uri, request};

use crate::trace_context::TraceContext;

/// The properties of a request that a problem document contains: the path and the trace id. They
/// are copied for errors that occur after the request has been dropped.
#[derive(Clone, Debug)]
pub struct About {
    uri: Uri,
    trace: Option<TraceContext>,
}

impl About {
    /// Copies the properties of a request.
    #[must_use]
    pub fn new<B>(request: &Request<B>) -> Self {
        let trace = TraceContext::of_request(request.extensions(), request.headers());
        Self { uri: request.uri().clone(), trace }
    }

    /// Returns the path of the request, without the query, which may contain secrets.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// Returns the trace id of the request, or `None` if it is unknown.
    pub(super) fn trace_id(&self) -> Option<String> {
        self.trace.as_ref().map(TraceContext::trace_id)
    }
}

impl From<&request::Parts> for About {
    fn from(request: &request::Parts) -> Self {
        let trace = TraceContext::of_request(&request.extensions, &request.headers);
        Self { uri: request.uri.clone(), trace }
    }
}
