//! One request, under observation from its head to the end of its answer.

use std::sync::Arc;

use http::{Method, Response, StatusCode, Version, request};
use hyperpoint_core::exchange::StreamProbe;
use hyperpoint_core::{Body, TraceContext};
use tokio::time::Instant;
use tracing::{Span, field};

use super::meter::EndedRequest;
use super::numbers::{millis, signed};
use super::observing::Observing;
use super::seen::Seen;
use super::stream_watch::StreamWatch;

/// One request, under observation. It is over when this is dropped.
pub(crate) struct Watch {
    observing: Arc<Observing>,
    seen: Arc<Seen>,
    method: &'static str,
    began: Instant,
    status: Option<StatusCode>,
    sent_bytes: u64,
    is_whole: bool,
    stream: Option<StreamWatch>,
}

impl Watch {
    /// Begins with the head of a request, which takes along what is to be noted on the way.
    pub(crate) fn new(
        observing: &Arc<Observing>,
        head: &mut request::Parts,
        route: Option<&Arc<str>>,
    ) -> Self {
        let wants_user = observing.traces.as_ref().is_some_and(|traces| traces.has_user_ids);
        let method = known_method(&head.method);
        let span = span(observing, method, head, route);
        let seen = Arc::new(Seen::new(span, wants_user, route));
        head.extensions.insert(Arc::clone(&seen));
        if let Some(meter) = &observing.meter {
            meter.request_began(method);
        }
        Self {
            observing: Arc::clone(observing),
            seen,
            method,
            began: Instant::now(),
            status: None,
            sent_bytes: 0,
            is_whole: false,
            stream: None,
        }
    }

    pub(crate) fn seen(&self) -> &Arc<Seen> {
        &self.seen
    }

    /// The span in which the request is worked on: its own, or that of its event stream.
    pub(crate) fn span(&self) -> Span {
        self.stream.as_ref().map_or(&self.seen.span, |stream| &stream.span).clone()
    }

    /// The head of the answer is known.
    pub(crate) fn answered(&mut self, answer: &mut Response<Body>) {
        self.status = Some(answer.status());
        if let Some(probe) = answer.extensions_mut().remove::<StreamProbe>() {
            // It counts as answered: what comes now is counted as a stream.
            self.count();
            let meter = self.observing.meter.as_deref();
            self.stream = Some(StreamWatch::new(probe, &self.seen.span, self.seen.route(), meter));
        }
    }

    /// So many bytes of its body were given to the socket.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent_bytes += bytes as u64;
        if let Some(stream) = &mut self.stream {
            stream.look();
        }
    }

    /// Its body is through.
    pub(super) fn is_whole(&mut self) {
        self.is_whole = true;
    }

    fn count(&self) {
        if let Some(meter) = &self.observing.meter {
            let route = self.seen.route();
            if let Some(reason) = self.seen.refusal() {
                meter.refused(route, reason);
            }
            meter.request_ended(&EndedRequest {
                method: self.method,
                route,
                status: self.status,
                took: self.began.elapsed(),
                received_bytes: self.seen.received_bytes(),
                sent_bytes: self.sent_bytes,
            });
        }
    }

    fn record(&self) {
        let span = &self.seen.span;
        if let Some(status) = self.status {
            span.record("http.response.status_code", i64::from(status.as_u16()));
            if status.is_server_error() {
                span.record("otel.status_code", "ERROR");
            }
        }
        span.record("http.request.body.size", signed(self.seen.received_bytes()));
        span.record("http.response.body.size", signed(self.sent_bytes));
        let (duration_ms, client_left) = (millis(self.began.elapsed()), !self.is_whole);
        span.in_scope(|| {
            tracing::info!(target: "hyperpoint::request", duration_ms, client_left, "answered");
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.stream.take().is_none() {
            self.count();
        }
        if !self.seen.span.is_disabled() {
            self.record();
        }
    }
}

/// The span of a request, and its place in a trace. Without a subscriber that wants it, none.
fn span(
    observing: &Observing,
    method: &'static str,
    head: &mut request::Parts,
    route: Option<&Arc<str>>,
) -> Span {
    let Some(traces) = observing.traces.as_ref().filter(|_| Observing::has_subscriber()) else {
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
    let told = traces.each_span.as_ref().and_then(|each_span| each_span(&span, &head.headers));
    let own = told.unwrap_or_else(|| parent.map_or_else(TraceContext::root, TraceContext::child));
    head.extensions.insert(own);
    span.record("trace_id", own.trace_id());
    span.record("span_id", own.span_id());
    span
}

/// The method, if it is one that is known: a client may make up any number of others.
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
