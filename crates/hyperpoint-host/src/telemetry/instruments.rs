//! The metrics of a host: name, kind, unit and description of each.

use std::fmt;
use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder, Unit};

pub(super) const REQUEST_DURATION: &str = "http_server_request_duration_seconds";
pub(super) const ACTIVE_REQUESTS: &str = "http_server_active_requests";
pub(super) const REQUEST_BYTES: &str = "hyperpoint_request_bytes_total";
pub(super) const RESPONSE_BYTES: &str = "hyperpoint_response_bytes_total";
pub(super) const REQUESTS_REFUSED: &str = "hyperpoint_requests_refused_total";
pub(super) const STREAMS_OPEN: &str = "hyperpoint_streams_open";
pub(super) const STREAMS_ENDED: &str = "hyperpoint_streams_ended_total";
pub(super) const STREAM_DURATION: &str = "hyperpoint_stream_duration_seconds";
pub(super) const STREAM_EVENTS: &str = "hyperpoint_stream_events_total";
pub(super) const STREAM_BYTES: &str = "hyperpoint_stream_bytes_total";
pub(super) const CONNECTIONS_OPEN: &str = "hyperpoint_connections_open";
pub(super) const CONNECTIONS_CLOSED: &str = "hyperpoint_connections_closed_total";
pub(super) const CONNECTIONS_REFUSED: &str = "hyperpoint_connections_refused_total";
pub(super) const TOPIC_EVENTS: &str = "hyperpoint_topic_events_published_total";
pub(super) const TOPIC_GAPS: &str = "hyperpoint_topic_gaps_total";
pub(super) const TOPIC_LAG: &str = "hyperpoint_topic_lag_events";
pub(super) const LOG_BYTES: &str = "hyperpoint_log_size_bytes";
pub(super) const LOG_EVENTS: &str = "hyperpoint_log_events";
pub(super) const LOG_OLDEST: &str = "hyperpoint_log_oldest_event_age_seconds";
pub(super) const LOG_LAG: &str = "hyperpoint_log_follower_lag_events";
pub(super) const LOG_COMMITS: &str = "hyperpoint_log_commits_total";
pub(super) const LOG_COMMITTED: &str = "hyperpoint_log_events_committed_total";
pub(super) const LOG_ERRORS: &str = "hyperpoint_log_errors_total";

const METADATA: Metadata<'_> = Metadata::new("hyperpoint", Level::INFO, Some("hyperpoint"));

const COUNTERS: [(&str, Unit, &str); 12] = [
    (REQUEST_BYTES, Unit::Bytes, "bytes of request bodies"),
    (RESPONSE_BYTES, Unit::Bytes, "bytes of response bodies sent, excluding event streams"),
    (
        REQUESTS_REFUSED,
        Unit::Count,
        "requests refused because of a limit, a stop or an invalid head, by reason",
    ),
    (STREAMS_ENDED, Unit::Count, "ended event streams, by reason"),
    (STREAM_EVENTS, Unit::Count, "events sent on event streams"),
    (STREAM_BYTES, Unit::Bytes, "bytes of event streams sent"),
    (CONNECTIONS_CLOSED, Unit::Count, "ended connections, by reason"),
    (CONNECTIONS_REFUSED, Unit::Count, "connections closed unserved or not accepted, by reason"),
    (TOPIC_EVENTS, Unit::Count, "events published on this node"),
    (LOG_COMMITS, Unit::Count, "transactions with events that this process committed to the log"),
    (LOG_COMMITTED, Unit::Count, "events that this process committed to the log"),
    (LOG_ERRORS, Unit::Count, "errors of the log, by kind"),
];
const GAPS: (&str, Unit, &str) =
    (TOPIC_GAPS, Unit::Count, "gaps reported to subscribers, by reason");
const GAUGES: [(&str, Unit, &str); 7] = [
    (ACTIVE_REQUESTS, Unit::Count, "requests in progress, excluding open event streams"),
    (STREAMS_OPEN, Unit::Count, "open event streams"),
    (CONNECTIONS_OPEN, Unit::Count, "open connections"),
    (LOG_BYTES, Unit::Bytes, "size of the stored log of topics"),
    (LOG_EVENTS, Unit::Count, "events in the log of topics"),
    (LOG_OLDEST, Unit::Seconds, "age of the oldest event in the log"),
    (LOG_LAG, Unit::Count, "events of the log that this node has not received yet"),
];
const HISTOGRAMS: [(&str, Unit, &str); 3] = [
    (
        REQUEST_DURATION,
        Unit::Seconds,
        "time from the request's head to the end of its response or the start of its event stream",
    ),
    (STREAM_DURATION, Unit::Seconds, "time for which an event stream was open"),
    (TOPIC_LAG, Unit::Count, "events that a lagging subscriber had yet to read"),
];

/// The recorder of the metrics facade, to which every metric has been described.
#[derive(Clone)]
pub(crate) struct Instruments(Arc<dyn Recorder + Send + Sync>);

impl Instruments {
    /// Wraps a recorder, and describes every metric to it.
    pub(crate) fn new(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        for (name, unit, text) in COUNTERS.into_iter().chain([GAPS]) {
            recorder.describe_counter(KeyName::from(name), Some(unit), text.into());
        }
        for (name, unit, text) in GAUGES {
            recorder.describe_gauge(KeyName::from(name), Some(unit), text.into());
        }
        for (name, unit, text) in HISTOGRAMS {
            recorder.describe_histogram(KeyName::from(name), Some(unit), text.into());
        }
        Self(recorder)
    }

    pub(super) fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.0.register_counter(&key(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Gauge {
        self.0.register_gauge(&key(name, labels), &METADATA)
    }

    pub(super) fn histogram(
        &self,
        name: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Histogram {
        self.0.register_histogram(&key(name, labels), &METADATA)
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels = labels.iter().map(|&(name, value)| Label::new(name, value.to_owned()));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").finish_non_exhaustive()
    }
}
