//! Meters that record to the `metrics` facade.

use std::time::Duration;

use hyperpoint_core::StreamReport;
use hyperpoint_topics::backplane::{BackplaneErrorKind, LogCounts};
use hyperpoint_topics::{GapReason, TopicMeter};
use metrics::{Counter, Gauge};

use super::instruments::{
    ACTIVE_REQUESTS, CONNECTIONS_CLOSED, CONNECTIONS_OPEN, CONNECTIONS_REFUSED, Instruments,
    LOG_BYTES, LOG_COMMITS, LOG_COMMITTED, LOG_ERRORS, LOG_EVENTS, LOG_LAG, LOG_OLDEST,
    REQUEST_BYTES, REQUEST_DURATION, REQUESTS_REFUSED, RESPONSE_BYTES, STREAM_BYTES,
    STREAM_DURATION, STREAM_EVENTS, STREAMS_ENDED, STREAMS_OPEN, TOPIC_EVENTS, TOPIC_GAPS,
    TOPIC_LAG,
};
use super::meter::{EndedRequest, Meter, StreamMeter};

const METHOD: &str = "http_request_method";
const ROUTE: &str = "http_route";
const STATUS: &str = "http_response_status_code";
const REASON: &str = "reason";
const KIND: &str = "kind";

/// Records the metrics of a host.
#[derive(Debug)]
pub(crate) struct MetricsMeter(pub(crate) Instruments);

impl Meter for MetricsMeter {
    fn request_began(&self, method: &'static str) {
        self.0.gauge(ACTIVE_REQUESTS, &[(METHOD, method)]).increment(1);
    }

    fn request_ended(&self, request: &EndedRequest<'_>) {
        let EndedRequest { method, route, .. } = *request;
        self.0.gauge(ACTIVE_REQUESTS, &[(METHOD, method)]).decrement(1);
        // The status label is empty if the client disconnected before the response.
        let status = request.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
        let labels = [(METHOD, method), (ROUTE, route), (STATUS, status.as_str())];
        self.0.histogram(REQUEST_DURATION, &labels).record(request.took);
        if request.received_bytes > 0 {
            self.0.counter(REQUEST_BYTES, &[(ROUTE, route)]).increment(request.received_bytes);
        }
        if request.sent_bytes > 0 {
            self.0.counter(RESPONSE_BYTES, &[(ROUTE, route)]).increment(request.sent_bytes);
        }
    }

    fn refused(&self, route: &str, reason: &'static str) {
        self.0.counter(REQUESTS_REFUSED, &[(ROUTE, route), (REASON, reason)]).increment(1);
    }

    fn stream_opened(&self, route: &str) -> Box<dyn StreamMeter> {
        let labels = [(ROUTE, route)];
        let open = self.0.gauge(STREAMS_OPEN, &labels);
        open.increment(1);
        Box::new(OpenStream {
            instruments: self.0.clone(),
            route: route.to_owned(),
            open,
            events: self.0.counter(STREAM_EVENTS, &labels),
            bytes: self.0.counter(STREAM_BYTES, &labels),
        })
    }

    fn connection_opened(&self) {
        self.0.gauge(CONNECTIONS_OPEN, &[]).increment(1);
    }

    fn connection_closed(&self, why: &'static str) {
        self.0.gauge(CONNECTIONS_OPEN, &[]).decrement(1);
        self.0.counter(CONNECTIONS_CLOSED, &[(REASON, why)]).increment(1);
    }

    fn connection_refused(&self, why: &'static str) {
        self.0.counter(CONNECTIONS_REFUSED, &[(REASON, why)]).increment(1);
    }
}

/// Records the metrics of one event stream. Looks up the frequently used counters only once.
struct OpenStream {
    instruments: Instruments,
    route: String,
    open: Gauge,
    events: Counter,
    bytes: Counter,
}

impl StreamMeter for OpenStream {
    fn sent(&self, events: u64, bytes: u64) {
        self.events.increment(events);
        self.bytes.increment(bytes);
    }

    fn ended(&self, report: &StreamReport) {
        self.open.decrement(1);
        let (route, reason) = ((ROUTE, self.route.as_str()), (REASON, report.end.as_str()));
        self.instruments.counter(STREAMS_ENDED, &[route, reason]).increment(1);
        let ran: Duration = report.ran;
        self.instruments.histogram(STREAM_DURATION, &[route]).record(ran);
    }
}

/// Returns the count as a floating-point number, which is exact up to 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Records the metrics of topics.
#[derive(Debug)]
pub(crate) struct MetricsTopicMeter(pub(crate) Instruments);

impl TopicMeter for MetricsTopicMeter {
    fn published(&self) {
        self.0.counter(TOPIC_EVENTS, &[]).increment(1);
    }

    fn gapped(&self, reason: GapReason) {
        self.0.counter(TOPIC_GAPS, &[(REASON, &reason.to_string())]).increment(1);
    }

    fn lagged(&self, events: u32) {
        self.0.histogram(TOPIC_LAG, &[]).record(f64::from(events));
    }

    fn measured(&self, counts: &LogCounts, lag: Option<u64>) {
        let LogCounts { bytes, events, oldest_age, commits, committed_events, .. } = *counts;
        for (name, count) in [(LOG_BYTES, bytes), (LOG_EVENTS, events), (LOG_LAG, lag)] {
            if let Some(count) = count {
                self.0.gauge(name, &[]).set(float(count));
            }
        }
        if let Some(age) = oldest_age {
            self.0.gauge(LOG_OLDEST, &[]).set(age);
        }
        for (name, count) in [(LOG_COMMITS, commits), (LOG_COMMITTED, committed_events)] {
            if let Some(count) = count {
                self.0.counter(name, &[]).absolute(count);
            }
        }
    }

    fn failed(&self, kind: BackplaneErrorKind) {
        self.0.counter(LOG_ERRORS, &[(KIND, kind.as_str())]).increment(1);
    }
}
