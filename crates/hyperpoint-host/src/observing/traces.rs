//! How requests are traced.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use hyperpoint_core::TraceContext;
use tracing::Span;

type EachSpan = Arc<dyn Fn(&Span, &HeaderMap) -> Option<TraceContext> + Send + Sync>;

/// How requests are traced: see [`Host::traces`](crate::Host::traces).
#[derive(Clone, Default)]
#[must_use = "it is returned from the function that is given to `traces`"]
pub struct Traces {
    pub(super) has_user_ids: bool,
    pub(super) each_span: Option<EachSpan>,
}

impl Traces {
    /// Notes who asks, as `user.id`: the subject of the identity. Default: nobody is noted.
    pub fn user_ids(self) -> Self {
        Self { has_user_ids: true, ..self }
    }

    /// Calls this with the span of each request and its headers, before anything else is done in
    /// it. So a layer that sends spans elsewhere learns of the trace of the client, and says which
    /// place in it the request has; for none, the host gives one itself.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_host::Host;
    ///
    /// let host = Host::new().traces(|traces| {
    ///     traces.each_span(|span, headers| {
    ///         // With tracing-opentelemetry: `span.set_parent(propagator.extract(…))`.
    ///         let _ = (span, headers.get("traceparent"));
    ///         None
    ///     })
    /// });
    /// # let _ = host;
    /// ```
    pub fn each_span(
        self,
        told: impl Fn(&Span, &HeaderMap) -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        Self { each_span: Some(Arc::new(told)), ..self }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("has_user_ids", &self.has_user_ids).finish_non_exhaustive()
    }
}
