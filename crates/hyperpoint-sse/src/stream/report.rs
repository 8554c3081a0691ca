//! Reports of event streams.

use std::time::Duration;

/// The reason why an event stream ended.
///
/// # Examples
///
/// ```
/// use hyperpoint::StreamEnd;
///
/// assert_eq!(StreamEnd::ClientLeft.as_str(), "client_left");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEnd {
    /// The source finished, the handler closed the stream, or the request was a HEAD request.
    Finished,
    /// The future that was passed to the stream's method `until` completed.
    Until,
    /// The source or the handler failed.
    Failed,
    /// The stream reached its maximum age.
    Aged,
    /// The identity of the request expired or was revoked.
    Expired,
    /// The host is shutting down.
    Stopped,
    /// The source of the frames asked the client to reconnect, such as a topic with
    /// `OnLag::Resume` whose subscriber lagged.
    Reconnect,
    /// The source of the frames reported missing events, such as a topic on a stream of the kind
    /// `AsWritten` whose handler set no snapshot.
    Gap,
    /// The client disconnected or stopped reading.
    ClientLeft,
}

impl StreamEnd {
    /// Returns the reason as one word for logs and metrics: `finished`, `until`, `failed`, `aged`,
    /// `expired`, `stopped`, `reconnect`, `gap` or `client_left`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Until => "until",
            Self::Failed => "failed",
            Self::Aged => "aged",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
            Self::Reconnect => "reconnect",
            Self::Gap => "gap",
            Self::ClientLeft => "client_left",
        }
    }
}

/// The duration, the counters and the reason for the end of an event stream, for post-processors
/// and telemetry.
///
/// # Examples
///
/// ```
/// use hyperpoint::StreamReport;
///
/// fn summary(report: &StreamReport) -> String {
///     format!("{} after {} events", report.end.as_str(), report.events)
/// }
/// # let _ = summary;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamReport {
    /// The reason why the stream ended. [`StreamEnd::ClientLeft`] while the stream is open.
    pub end: StreamEnd,
    /// The duration of the stream, from its start to this report.
    pub ran: Duration,
    /// The number of events that the handler or its source of items wrote. For the stream of a
    /// topic, the number of events of the topic and of its snapshots. The events of the framework
    /// (`ready`, `gap`, `reconnect`, `problem`, `done`), the item of `on_error_item`, comments and
    /// keep-alives are not counted.
    pub events: u64,
    /// The number of bytes of the body so far: of everything, including events that are encoded but
    /// not sent yet.
    pub bytes: u64,
    /// The number of gaps in the events of a topic. For each gap, the stream sent an event `gap` or
    /// a snapshot, or ended.
    pub gaps: u32,
}
