//! Telemetry of one request, from its head to the end of its response.

use std::fmt;
use std::sync::Arc;

use http::{Method, Response, StatusCode, Version, request};
use hyperpoint_core::exchange::StreamProbe;
use hyperpoint_core::{Body, TraceContext};
use tokio::time::Instant;
use tracing::{Level, Span, field};

use super::meter::{EndedRequest, Meter};
use super::numbers::{millis, signed};
use super::request_record::RequestRecord;
use super::stream_telemetry::StreamTelemetry;
use super::traces::Traces;

/// The telemetry that a host records about its requests: spans, metrics, or both.
pub(crate) struct Telemetry {
    traces: Option<Traces>,
    pub(crate) meter: Option<Arc<dyn Meter>>,
}

impl Telemetry {
    /// Creates the telemetry of a host. Returns `None` if neither spans nor metrics are enabled.
    pub(crate) fn new(traces: Option<Traces>, meter: Option<Arc<dyn Meter>>) -> Option<Arc<Self>> {
        let is_enabled = traces.is_some() || meter.is_some();
        is_enabled.then(|| Arc::new(Self { traces, meter }))
    }

    /// Returns whether metrics are enabled, or a `tracing` subscriber is interested in request
    /// spans.
    pub(crate) fn has_receiver(&self) -> bool {
        self.meter.is_some() || Self::has_subscriber()
    }

    fn has_subscriber() -> bool {
        tracing::enabled!(target: "hyperpoint::request", Level::INFO)
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("traces", &self.traces).finish_non_exhaustive()
    }
}

/// The span and metrics of one request. Dropping it records the end of the request.
pub(crate) struct RequestTelemetry {
    telemetry: Arc<Telemetry>,
    record: Arc<RequestRecord>,
    method: &'static str,
    began: Instant,
    status: Option<StatusCode>,
    sent_bytes: u64,
    is_complete: bool,
    stream: Option<StreamTelemetry>,
}

impl RequestTelemetry {
    /// Opens the request's span, counts the request as begun, and inserts its record into the
    /// extensions.
    pub(crate) fn new(
        telemetry: &Arc<Telemetry>,
        head: &mut request::Parts,
        route: Option<&Arc<str>>,
    ) -> Self {
        let wants_user = telemetry.traces.as_ref().is_some_and(|traces| traces.has_user_ids);
        let method = known_method(&head.method);
        let span = span(telemetry, method, head, route);
        let record = Arc::new(RequestRecord::new(span, wants_user, route));
        head.extensions.insert(Arc::clone(&record));
        if let Some(meter) = &telemetry.meter {
            meter.request_began(method);
        }
        Self {
            telemetry: Arc::clone(telemetry),
            record,
            method,
            began: Instant::now(),
            status: None,
            sent_bytes: 0,
            is_complete: false,
            stream: None,
        }
    }

    pub(crate) fn record(&self) -> &Arc<RequestRecord> {
        &self.record
    }

    /// Returns the span in which the request's work runs: the span of its event stream once the
    /// stream is open, otherwise the request's own span.
    pub(crate) fn span(&self) -> Span {
        self.stream.as_ref().map_or(&self.record.span, |stream| &stream.span).clone()
    }

    /// Records the response's status, and opens the telemetry of its event stream if the response
    /// is one.
    pub(crate) fn response_began(&mut self, response: &mut Response<Body>) {
        self.status = Some(response.status());
        if let Some(probe) = response.extensions_mut().remove::<StreamProbe>() {
            // The request counts as ended, because its stream is counted from now on.
            self.count();
            let meter = self.telemetry.meter.as_deref();
            self.stream =
                Some(StreamTelemetry::new(probe, &self.record.span, self.record.route(), meter));
        }
    }

    /// Adds bytes of the response's body that were passed to the connection.
    pub(super) fn add_sent(&mut self, bytes: u64) {
        self.sent_bytes += bytes;
        if let Some(stream) = &mut self.stream {
            stream.update();
        }
    }

    /// Records that the connection has read the response's body to its end.
    pub(super) fn body_completed(&mut self) {
        self.is_complete = true;
    }

    fn count(&self) {
        if let Some(meter) = &self.telemetry.meter {
            let route = self.record.route();
            if let Some(reason) = self.record.refusal() {
                meter.refused(route, reason);
            }
            meter.request_ended(&EndedRequest {
                method: self.method,
                route,
                status: self.status,
                took: self.began.elapsed(),
                received_bytes: self.record.received_bytes(),
                sent_bytes: self.sent_bytes,
            });
        }
    }

    fn close_span(&self) {
        let span = &self.record.span;
        if let Some(status) = self.status {
            span.record("http.response.status_code", i64::from(status.as_u16()));
            if status.is_server_error() {
                span.record("otel.status_code", "ERROR");
            }
        }
        span.record("http.request.body.size", signed(self.record.received_bytes()));
        span.record("http.response.body.size", signed(self.sent_bytes));
        let (duration_ms, client_left) = (millis(self.began.elapsed()), !self.is_complete);
        span.in_scope(|| {
            tracing::info!(target: "hyperpoint::request", duration_ms, client_left, "answered");
        });
    }
}

impl Drop for RequestTelemetry {
    fn drop(&mut self) {
        if self.stream.take().is_none() {
            self.count();
        }
        if !self.record.span.is_disabled() {
            self.close_span();
        }
    }
}

/// Opens a request's span and inserts its trace context into the extensions. Returns a disabled
/// span if traces are disabled or no subscriber is interested.
fn span(
    telemetry: &Telemetry,
    method: &'static str,
    head: &mut request::Parts,
    route: Option<&Arc<str>>,
) -> Span {
    let Some(traces) = telemetry.traces.as_ref().filter(|_| Telemetry::has_subscriber()) else {
        return Span::none();
    };
    let parent = TraceContext::of_headers(&head.headers);
    let route = route.map(|route| &**route);
    let name = route.map(|route| format!("{method} {route}"));
    let span = tracing::info_span!(
        target: "hyperpoint::request",
        "request",
        otel.name = name.as_deref().unwrap_or(method),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        http.request.body.size = field::Empty,
        http.response.body.size = field::Empty,
        network.protocol.version = version(head.version),
        user.id = field::Empty,
        refusal = field::Empty,
        trace_id = field::Empty,
        span_id = field::Empty,
        parent_span_id = parent.map(|parent| parent.span_id()),
    );
    let given = traces.each_span.as_ref().and_then(|each_span| each_span(&span, &head.headers));
    let own = given.unwrap_or_else(|| parent.map_or_else(TraceContext::root, TraceContext::child));
    head.extensions.insert(own);
    span.record("trace_id", own.trace_id());
    span.record("span_id", own.span_id());
    span
}

/// Returns the method's name, or `_OTHER` for an unknown one: the number of names has to be
/// bounded, since a client can invent any number of methods.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 10] =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}
