//! The settings of tracing spans.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use hyperpoint_core::TraceContext;
use tracing::Span;

type EachSpan = Arc<dyn Fn(&Span, &HeaderMap) -> Option<TraceContext> + Send + Sync>;

/// The settings of tracing spans, changed in [`Host::traces`](crate::Host::traces).
///
/// # Examples
///
/// ```
/// use hyperpoint::Host;
///
/// let host = Host::new().traces(|traces| traces.user_ids());
/// # drop(host);
/// ```
#[derive(Clone, Default)]
#[must_use = "return the settings from the closure passed to `Host::traces`"]
pub struct Traces {
    pub(super) has_user_ids: bool,
    pub(super) each_span: Option<EachSpan>,
}

impl Traces {
    /// Records the subject of the request's identity as `user.id`. Default: not recorded.
    pub fn user_ids(self) -> Self {
        Self { has_user_ids: true, ..self }
    }

    /// Calls a function with each request's span and headers, before the span is first entered. If
    /// a `tracing` layer exports spans, the function can read the client's trace from the headers,
    /// and return the request's own context in that trace. If the function returns `None`, the host
    /// creates the context. The function is not called if no `tracing` subscriber is interested in
    /// the span. Default: unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Host;
    ///
    /// let host = Host::new().traces(|traces| {
    ///     traces.each_span(|span, headers| {
    ///         // With tracing-opentelemetry: `span.set_parent(propagator.extract(…))`.
    ///         let _ = (span, headers.get("traceparent"));
    ///         None
    ///     })
    /// });
    /// # drop(host);
    /// ```
    pub fn each_span(
        self,
        call: impl Fn(&Span, &HeaderMap) -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        Self { each_span: Some(Arc::new(call)), ..self }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("has_user_ids", &self.has_user_ids).finish_non_exhaustive()
    }
}
