//! The request that a problem answers.

use http::{Request, Uri, request};

use crate::trace_context::TraceContext;

/// The request that a problem answers: as much of it as the document tells. Kept where the request
/// itself is gone by the time that something fails.
#[derive(Clone, Debug)]
pub struct About {
    uri: Uri,
    trace: Option<TraceContext>,
}

impl About {
    /// What is told of this request.
    #[must_use]
    pub fn new<B>(request: &Request<B>) -> Self {
        let trace = TraceContext::of_request(request.extensions(), request.headers());
        Self { uri: request.uri().clone(), trace }
    }

    /// The path, without the query, which may hold secrets.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The id of the trace that the request belongs to, where that is known.
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
