//! Telemetry of one event stream, from its head to its end.

use hyperpoint_core::StreamReport;
use hyperpoint_core::exchange::StreamProbe;
use tracing::{Span, field};

use super::meter::{Meter, StreamMeter};
use super::numbers::{millis, signed};

/// The span and metrics of one event stream. Dropping it, after the stream's body, records the end
/// of the stream.
pub(super) struct StreamTelemetry {
    probe: StreamProbe,
    pub(super) span: Span,
    meter: Option<Box<dyn StreamMeter>>,
    /// The number of events already reported to the meter.
    events: u64,
    /// The number of bytes already reported to the meter.
    bytes: u64,
}

impl StreamTelemetry {
    /// Opens a span within the request's span, and counts the stream as open on this route.
    pub(super) fn new(
        probe: StreamProbe,
        parent: &Span,
        route: &str,
        meter: Option<&dyn Meter>,
    ) -> Self {
        let span = if parent.is_disabled() { Span::none() } else { span_within(parent) };
        let meter = meter.map(|meter| meter.stream_opened(route));
        Self { probe, span, meter, events: 0, bytes: 0 }
    }

    /// Reports to the meter, if there is one, the numbers of events and bytes sent since the last
    /// report.
    pub(super) fn update(&mut self) {
        if let Some(report) = self.meter.as_ref().and_then(|_| self.probe.report()) {
            self.count(&report);
        }
    }

    fn count(&mut self, report: &StreamReport) {
        if let Some(meter) = &self.meter {
            meter.sent(report.events - self.events, report.bytes - self.bytes);
        }
        (self.events, self.bytes) = (report.events, report.bytes);
    }
}

impl Drop for StreamTelemetry {
    fn drop(&mut self) {
        let Some(report) = self.probe.report() else {
            return;
        };
        self.count(&report);
        if let Some(meter) = &self.meter {
            meter.ended(&report);
        }
        if self.span.is_disabled() {
            return;
        }
        self.span.record("stream.events", signed(report.events));
        self.span.record("stream.bytes", signed(report.bytes));
        self.span.record("stream.end", report.end.as_str());
        if report.gaps > 0 {
            self.span.record("stream.gaps", report.gaps);
        }
        let duration_ms = millis(report.ran);
        self.span.in_scope(|| tracing::info!(target: "hyperpoint::stream", duration_ms, "ended"));
    }
}

fn span_within(request: &Span) -> Span {
    let span = tracing::info_span!(
        target: "hyperpoint::stream",
        parent: request,
        "event_stream",
        stream.events = field::Empty,
        stream.bytes = field::Empty,
        stream.end = field::Empty,
        stream.gaps = field::Empty,
    );
    span.in_scope(|| tracing::info!(target: "hyperpoint::stream", "opened"));
    span
}
